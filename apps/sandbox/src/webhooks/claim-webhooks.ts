import type { Database } from '@hookshop/persistence';
import type { Sender } from './owe-webhooks.js';

export interface ClaimedWebhook {
  id: string;
  eventId: string;
  body: string;
  /** This one included. */
  attempts: number;
  ageSeconds: number;
}

/**
 * Takes up to `limit` webhooks that are due for half a minute: should this process die, they are due again then. In the
 * order in which they were owed.
 */
export async function claimWebhooks(sender: Sender, limit: number, database: Database): Promise<ClaimedWebhook[]> {
  const claimed = await database.query<ClaimedWebhook>(statement, [sender, limit]);
  return claimed.sort((a, b) => (a.id < b.id ? -1 : 1));
}

const statement = `
  UPDATE webhooks SET due_at = now() + interval '30 seconds', attempts = attempts + 1
  WHERE id IN (
    SELECT id FROM webhooks WHERE sender = $1::text AND due_at <= now()
    ORDER BY due_at, id LIMIT $2::integer FOR UPDATE SKIP LOCKED
  )
  RETURNING id, event_id AS "eventId", body, attempts,
    extract(epoch FROM now() - created_at)::float8 AS "ageSeconds"`;
