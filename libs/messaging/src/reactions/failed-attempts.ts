import type { DeadLetterAttempt } from '@hookshop/contracts';
import type { Database, DatabaseTransaction } from '@hookshop/persistence';

export interface FailedAttempts {
  attempts: number;
  log: DeadLetterAttempt[];
}

/** Counts a failed attempt and remembers why, in one statement that commits by itself. */
export async function countAttempt(
  database: Database,
  reaction: string,
  eventId: string,
  error: string,
): Promise<FailedAttempts> {
  const [row] = await database.query<FailedAttempts>(
    `INSERT INTO failed_attempts AS known (reaction, event_id, attempts, log)
     VALUES ($1, $2, 1, jsonb_build_array(jsonb_build_object('number', 1, 'at', now(), 'error', $3::text)))
     ON CONFLICT (reaction, event_id) DO UPDATE SET
       attempts = known.attempts + 1,
       log = known.log || jsonb_build_object('number', known.attempts + 1, 'at', now(), 'error', $3::text)
     RETURNING attempts, log`,
    [reaction, eventId, error],
  );
  return row!;
}

/** Puts the real outcome in place of what was noted before an attempt that might have killed the process. */
export const correctAttempt = (
  database: Database,
  reaction: string,
  eventId: string,
  error: string,
): Promise<unknown> =>
  database.query(
    `UPDATE failed_attempts SET log = jsonb_set(log, '{-1,error}', to_jsonb($3::text))
     WHERE reaction = $1 AND event_id = $2`,
    [reaction, eventId, error],
  );

/** Takes back an attempt that failed for a reason outside the fact. */
export const takeBackAttempt = (database: Database, reaction: string, eventId: string): Promise<unknown> =>
  database.query(
    `UPDATE failed_attempts SET attempts = attempts - 1, log = log - -1 WHERE reaction = $1 AND event_id = $2`,
    [reaction, eventId],
  );

export const forgetAttempts = (
  tx: DatabaseTransaction,
  reaction: string,
  eventIds: readonly string[],
): Promise<unknown> =>
  tx.query(`DELETE FROM failed_attempts WHERE reaction = $1 AND event_id = ANY($2::uuid[])`, [reaction, eventIds]);

export async function readAttempts(
  database: Database,
  reaction: string,
  eventIds: readonly string[],
): Promise<Map<string, FailedAttempts>> {
  const rows = await database.query<FailedAttempts & { event_id: string }>(
    `SELECT event_id, attempts, log FROM failed_attempts WHERE reaction = $1 AND event_id = ANY($2::uuid[])`,
    [reaction, eventIds],
  );
  return new Map(rows.map((row) => [row.event_id, row]));
}
