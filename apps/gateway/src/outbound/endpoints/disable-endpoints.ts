import { EndpointDisabled } from '@hookshop/contracts';
import type { Transaction } from '@hookshop/messaging';
import type { DisabledReason } from './endpoint.js';

export interface Disabling {
  id: string;
  reason: DisabledReason;
}

/**
 * Disables endpoints that are enabled, with the fact of each. What waits to be sent to them is still to be held, after
 * the commit. An unverified one stays so: it is sent nothing anyway, and enabling it again would spare it the challenge.
 *
 * @returns ids of those that were enabled until now
 */
export async function disableEndpoints(
  tx: Transaction,
  disabled: readonly Disabling[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ id: string; partnerId: string; reason: DisabledReason; version: number }>(
    `UPDATE webhook_endpoints AS endpoint
     SET status = 'disabled', disabled_reason = wanted.reason, version = version + 1, updated_at = now()
     FROM unnest($1::uuid[], $2::text[]) AS wanted (id, reason)
     WHERE endpoint.id = wanted.id AND status = 'enabled' AND deleted_at IS NULL
     RETURNING endpoint.id, partner_id AS "partnerId", disabled_reason AS reason, version`,
    [disabled.map(({ id }) => id), disabled.map(({ reason }) => reason)],
  );
  for (const { id: endpointId, partnerId, reason, version } of rows) {
    tx.publish(
      EndpointDisabled,
      { endpointId, partnerId, reason, disabledAt: now.toISOString() },
      { subject: endpointId, sequence: version },
    );
  }
  return new Set(rows.map(({ id }) => id));
}
