import type { DeadLetterAttempt } from '@hookshop/contracts';
import { v7 as uuidv7 } from 'uuid';
import type { Fact } from '../fact.js';
import { insertInbox } from '../inbox/insert-inbox.js';
import { forgetAttempts } from '../reactions/failed-attempts.js';
import type { Transaction } from '../transaction.js';

export type DeadReason =
  /** The fact does not match its contract. */
  | 'invalid'
  /** The handler said that it can never be handled. */
  | 'unprocessable'
  /** Every attempt failed. */
  | 'exhausted';

export interface Burial {
  reaction: string;
  fact: Fact<unknown>;
  reason: DeadReason;
  error: string;
  attempts: DeadLetterAttempt[];
}

/**
 * Stores a dead letter and marks its event as decided, so that a copy of it cannot slip past the operator. Nothing
 * happens when the event was handled or buried before.
 */
export async function insertDeadLetter(
  tx: Transaction,
  { reaction, fact, reason, error, attempts }: Burial,
): Promise<void> {
  const fresh = await insertInbox(tx, reaction, [fact.id]);
  await forgetAttempts(tx, reaction, [fact.id]);
  if (!fresh.has(fact.id)) return;
  await tx.query(
    `INSERT INTO dead_letters (id, reaction, event_id, event_type, fact, reason, error, attempts)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (reaction, event_id) DO NOTHING`,
    [
      uuidv7(),
      reaction,
      fact.id,
      fact.type,
      storable(fact),
      reason,
      error.replaceAll('\0', ''),
      JSON.stringify(attempts),
    ],
  );
}

/** jsonb takes neither NUL nor lone surrogates, and what is dead may contain anything. */
const storable = (fact: Fact<unknown>): string =>
  JSON.stringify(fact, (_key, value: unknown) =>
    typeof value === 'string' ? value.replaceAll('\0', '\uFFFD').toWellFormed() : value,
  );
