import { DeliveryExhausted, EndpointCircuitOpened, findContract } from '@hookshop/contracts';
import type { Transaction } from '@hookshop/messaging';
import { disableEndpoints } from '../endpoints/disable-endpoints.js';
import type { Attempted } from './attempted.js';
import type { Lane } from './lane.js';
import { saveHealth } from './save-health.js';
import { settleAttempts, type SettledDelivery } from './settle-attempts.js';

/** Writes attempts, the next step of their deliveries, what they tell of their endpoints, and the facts of it. */
export async function recordAttempts(
  tx: Transaction,
  attempts: readonly Attempted[],
  { again, now }: { again: boolean; now: Date },
): Promise<void> {
  const settled = attempts.map(({ lane, delivery: { deliveryId }, ...rest }) => ({
    deliveryId,
    endpointId: lane.endpointId,
    epoch: lane.epoch,
    ...rest,
  }));
  const lanes = [...new Set(attempts.map(({ lane }) => lane))].sort((a, b) => (a.endpointId < b.endpointId ? -1 : 1));
  const [deliveries, circuits] = await Promise.all([
    settleAttempts(tx, settled, again),
    saveHealth(
      tx,
      lanes.map(({ endpointId, epoch, health }) => ({ endpointId, epoch, health: health.stored() })),
    ),
  ]);
  const exhausted = new Map(
    deliveries.flatMap((row) => (row.status === 'exhausted' ? [[row.deliveryId, row] as const] : [])),
  );
  for (const attempt of attempts) {
    const row = exhausted.get(attempt.delivery.deliveryId);
    if (row && attempt.verdict.status === 'exhausted') stateExhausted(tx, attempt, row, now);
  }
  for (const lane of lanes) if (circuits.get(lane.endpointId) === 'closed') stateOpened(tx, lane, now);
  const hopeless = new Map(
    attempts.flatMap(({ lane, disable }) => (disable ? [[lane.endpointId, disable] as const] : [])),
  );
  if (hopeless.size > 0) {
    await disableEndpoints(
      tx,
      [...hopeless].map(([id, reason]) => ({ id, reason })),
      now,
    );
  }
}

function stateExhausted(
  tx: Transaction,
  { lane, delivery, outcome, traceparent = delivery.traceparent ?? undefined }: Attempted,
  { attempts }: SettledDelivery,
  now: Date,
): void {
  // Two endpoints that tell each other of their failures would never come to an end.
  if (findContract(delivery.type)?.audience === 'owner') return;
  tx.publish(
    DeliveryExhausted,
    {
      deliveryId: delivery.deliveryId,
      endpointId: lane.endpointId,
      partnerId: lane.target.partnerId,
      webhookId: delivery.messageId,
      type: delivery.type,
      ...(delivery.orderId === null ? {} : { orderId: delivery.orderId }),
      attempts,
      ...(outcome.status === null ? {} : { lastStatus: outcome.status }),
      ...(outcome.error === null ? {} : { lastError: outcome.error.message }),
      exhaustedAt: now.toISOString(),
    },
    { subject: delivery.deliveryId, sequence: attempts, traceparent },
  );
}

function stateOpened(tx: Transaction, lane: Lane, now: Date): void {
  const { opened } = lane.health;
  if (!opened) return;
  tx.publish(
    EndpointCircuitOpened,
    {
      endpointId: lane.endpointId,
      partnerId: lane.target.partnerId,
      openedAt: now.toISOString(),
      attempts: opened.attempts,
      failed: opened.failed,
      probeAt: new Date(opened.probeAt).toISOString(),
    },
    { subject: lane.endpointId, sequence: lane.target.version },
  );
  tx.afterCommit(() => (lane.health.opened = undefined));
}
