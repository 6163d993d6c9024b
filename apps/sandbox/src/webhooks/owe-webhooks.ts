import type { Database } from '@hookshop/persistence';

export type Sender = 'stripe' | 'carrier';

/** What a third party has yet to tell the shop. */
export interface OwedWebhook {
  sender: Sender;
  /** The same over all attempts and copies. */
  eventId: string;
  /** JSON, the very text that is signed. */
  body: string;
  /** Not sent before this one was answered, whatever the answer, or ten seconds have passed. */
  afterEventId?: string;
  /** How often it is sent although all went well, each time once the copy before was answered; 1 by default. */
  copies?: number;
}

/**
 * Owes webhooks in the transaction that makes them true: a crash loses neither without the other. They are sent once it
 * is committed and `SendWebhooks.wake` was called, or within a second.
 */
export async function oweWebhooks(tx: Pick<Database, 'query'>, webhooks: readonly OwedWebhook[]): Promise<void> {
  if (webhooks.length === 0) return;
  await tx.query(statement, [
    webhooks.map(({ sender }) => sender),
    webhooks.map(({ eventId }) => eventId),
    webhooks.map(({ body }) => body),
    webhooks.map(({ afterEventId }) => afterEventId ?? null),
    webhooks.map(({ copies }) => copies ?? 1),
  ]);
}

/**
 * For a statement that owes webhooks beside its own work.
 *
 * @param owed SQL of a relation with the columns sender, event_id, body, after_event_id and copies
 */
export const insertWebhooks = (owed: string): string => `
  INSERT INTO webhooks (sender, event_id, body, after_event_id, due_at)
  SELECT sender, event_id, body, after, CASE
    WHEN after IS NULL THEN now()
    WHEN EXISTS (SELECT FROM webhooks WHERE event_id = after AND answered_at IS NOT NULL) THEN now()
    ELSE now() + interval '10 seconds'
  END
  FROM (
    SELECT sender, event_id, body, CASE WHEN copy = 1 THEN after_event_id ELSE event_id END AS after
    FROM (${owed}) AS owed CROSS JOIN generate_series(1, copies) AS copy
  ) AS copies`;

const statement = insertWebhooks(`
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::integer[])
    AS owed (sender, event_id, body, after_event_id, copies)`);
