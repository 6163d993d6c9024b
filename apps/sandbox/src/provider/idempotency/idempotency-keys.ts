import { hash } from 'node:crypto';
import { Database, type DatabaseTransaction } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import type { Form } from '../stripe/form.js';
import { invalidRequest, StripeRefusal } from '../stripe/stripe-error.js';

const LONGEST_KEY = 255;

/** What a request asks for once, whatever happens to its answer on the way. */
export interface Attempt {
  /** The merchant's `Idempotency-Key`, if it sent one. */
  key: string | null;
  /** `POST /v1/refunds`. */
  request: string;
  fingerprint: string;
  /** `req_…` of this very HTTP request. */
  requestId: string;
}

/** An answer as it was given the first time. */
export interface Answer {
  status: number;
  /** JSON. */
  body: string;
  /** Set when this is the answer to an earlier request. */
  originalRequestId?: string;
}

/** @throws StripeRefusal when the key is too long */
export function attemptOf(request: string, form: Form, key: string | undefined, requestId: string): Attempt {
  if (key !== undefined && key.length > LONGEST_KEY) {
    throw invalidRequest(`Idempotency keys may be up to ${LONGEST_KEY} characters long.`);
  }
  return { key: key || null, request, fingerprint: key ? fingerprintOf(request, form) : '', requestId };
}

/** The order in which parameters are written means nothing. */
function fingerprintOf(request: string, form: Form): string {
  const parameters = Object.entries(form).sort(([a], [b]) => (a < b ? -1 : 1));
  return hash('sha256', JSON.stringify([request, parameters]), 'base64url');
}

/** The answers given under each key, kept for 24 hours like Stripe's. */
@Injectable()
export class IdempotencyKeys {
  private readonly inProgress = new Set<string>();

  constructor(private readonly database: Database) {}

  /** Runs `work` unless a request with the same key is running: like Stripe, that is a conflict, to be tried again. */
  async alone<T>({ key }: Attempt, work: () => Promise<T>): Promise<T> {
    if (key === null) return work();
    if (this.inProgress.has(key)) throw inUse();
    this.inProgress.add(key);
    try {
      return await work();
    } finally {
      this.inProgress.delete(key);
    }
  }

  /** Does `work` and keeps its answer in one transaction, or gives the answer kept under the attempt's key. */
  answerOnce(attempt: Attempt, work: (tx: DatabaseTransaction) => Promise<Answer>): Promise<Answer> {
    return this.database.transaction(async (tx) => {
      if (attempt.key === null) return work(tx);
      // Taken before anything else happens: another process with the same key waits here for our commit.
      const taken = await tx.query(takeKey, [attempt.key, attempt.request, attempt.fingerprint, attempt.requestId]);
      if (taken.length === 0) return answerGiven(attempt, await this.kept([attempt.key], tx));

      const answer = await work(tx);
      tx.beforeCommit(() => tx.query(keepAnswer, [attempt.key, answer.status, answer.body]));
      return answer;
    });
  }

  /** What is kept under each key. */
  async kept(keys: (string | null)[], within: Pick<Database, 'query'> = this.database): Promise<KeptAnswers> {
    const rows = await within.query<KeptAnswer>(readAnswers, [keys.filter((key) => key !== null)]);
    return new Map(rows.map((row) => [row.key, row]));
  }

  /** Forgets what Stripe would have forgotten. */
  async forgetExpired(): Promise<void> {
    await this.database.query(`DELETE FROM idempotency_keys WHERE created_at < now() - interval '24 hours'`);
  }
}

interface KeptAnswer {
  key: string;
  fingerprint: string;
  requestId: string;
  status: number;
  body: string;
}
export type KeptAnswers = ReadonlyMap<string, KeptAnswer>;

/** @throws StripeRefusal when the key was used for something else */
export function answerGiven({ key, fingerprint }: Attempt, kept: KeptAnswers): Answer {
  const answer = kept.get(key ?? '');
  // Its request is being rolled back at this moment, or the books have just been emptied.
  if (answer === undefined) throw inUse();
  if (answer.fingerprint !== fingerprint) throw usedForSomethingElse();
  return { status: answer.status, body: answer.body, originalRequestId: answer.requestId };
}

const takeKey = `
  INSERT INTO idempotency_keys AS held (key, request, fingerprint, request_id, status, body)
  VALUES ($1, $2, $3, $4, 0, '')
  ON CONFLICT (key) DO UPDATE
    SET request = excluded.request, fingerprint = excluded.fingerprint, request_id = excluded.request_id,
        created_at = now()
    WHERE held.created_at < now() - interval '24 hours'
  RETURNING key`;

const keepAnswer = `UPDATE idempotency_keys SET status = $2, body = $3 WHERE key = $1`;

const readAnswers = `
  SELECT key, fingerprint, request_id AS "requestId", status, body FROM idempotency_keys WHERE key = ANY ($1::text[])`;

const inUse = (): StripeRefusal =>
  new StripeRefusal(409, {
    type: 'idempotency_error',
    code: 'idempotency_key_in_use',
    message:
      'There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through). Please try again later.',
  });

const usedForSomethingElse = (): StripeRefusal =>
  new StripeRefusal(400, {
    type: 'idempotency_error',
    message:
      'Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than the one you just gave if you meant to execute a different request.',
  });
