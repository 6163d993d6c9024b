import type { Database } from '@hookshop/persistence';

/** How an attempt ended. */
export interface Settlement {
  id: string;
  /** The number of the attempt: what was claimed again since is not for this one to settle. */
  attempts: number;
  /** Somebody answered, with whatever status. */
  answered: boolean;
  /** Null when it was delivered. */
  error: string | null;
  /** Seconds until the next attempt; null for none. */
  againIn: number | null;
}

/** Writes down how attempts ended, and makes due what waited for their answers; tells how many did. */
export async function settleWebhooks(settlements: Settlement[], database: Database): Promise<number> {
  const released = await database.query(statement, [
    settlements.map(({ id }) => id),
    settlements.map(({ attempts }) => attempts),
    settlements.map(({ answered }) => answered),
    settlements.map(({ error }) => error),
    settlements.map(({ againIn }) => againIn),
  ]);
  return released.length;
}

const statement = `
  WITH settled AS (
    UPDATE webhooks SET
      answered_at = coalesce(answered_at, CASE WHEN outcome.answered THEN now() END),
      delivered_at = CASE WHEN outcome.error IS NULL THEN now() END,
      last_error = outcome.error,
      due_at = now() + make_interval(secs => outcome.again_in)
    FROM unnest($1::uuid[], $2::integer[], $3::boolean[], $4::text[], $5::float8[])
      AS outcome (id, attempts, answered, error, again_in)
    WHERE webhooks.id = outcome.id AND webhooks.attempts = outcome.attempts
    RETURNING webhooks.event_id, outcome.answered
  )
  UPDATE webhooks SET due_at = now()
  FROM settled
  WHERE settled.answered AND webhooks.after_event_id = settled.event_id AND webhooks.attempts = 0
    AND webhooks.due_at > now()
  RETURNING webhooks.id`;
