import type { Database } from '@hookshop/persistence';
import { insertWebhooks, type OwedWebhook } from '../../webhooks/owe-webhooks.js';
import { type Answer, answerGiven, type Attempt, type IdempotencyKeys } from '../idempotency/idempotency-keys.js';
import type { PaymentIntent } from '../payment-intent.js';

export interface Booking {
  attempt: Attempt;
  intent: PaymentIntent;
  answer: Answer;
  /** What the merchant is told as well. */
  event: OwedWebhook | null;
}

/**
 * Books intents together with the answers and the events their merchants get, in one statement and so in one commit. A
 * booking whose key was used before books nothing, tells nothing and gets the answer of that time.
 */
export async function bookPaymentIntents(
  bookings: Booking[],
  database: Database,
  keys: IdempotencyKeys,
): Promise<(Answer | Error)[]> {
  const column = <T>(read: (booking: Booking) => T): T[] => bookings.map(read);
  const taken = await database.query<{ key: string }>(statement, [
    column(({ intent }) => intent.id),
    column(({ intent }) => intent.orderId),
    column(({ intent }) => intent.amountInCents),
    column(({ intent }) => intent.capturedInCents),
    column(({ intent }) => intent.currency),
    column(({ intent }) => intent.status),
    column(({ intent }) => intent.method),
    column(({ intent }) => intent.failure),
    column(({ intent }) => intent.description),
    column(({ intent }) => intent.returnUrl),
    column(({ intent }) => JSON.stringify(intent.metadata)),
    column(({ intent }) => intent.createdAt.toISOString()),
    column(({ attempt }) => attempt.key),
    column(({ attempt }) => attempt.request),
    column(({ attempt }) => attempt.fingerprint),
    column(({ attempt }) => attempt.requestId),
    column(({ answer }) => answer.status),
    column(({ answer }) => answer.body),
    column(({ event }) => event?.eventId ?? null),
    column(({ event }) => event?.body ?? null),
    column(({ event }) => event?.copies ?? 1),
  ]);

  const ours = new Set<string | null>(taken.map(({ key }) => key)).add(null);
  const repeated = bookings.filter(({ attempt }) => !ours.has(attempt.key));
  const kept = repeated.length > 0 ? await keys.kept(repeated.map(({ attempt }) => attempt.key)) : new Map();
  return bookings.map(({ attempt, answer }) => {
    if (ours.has(attempt.key)) return answer;
    try {
      return answerGiven(attempt, kept);
    } catch (refusal) {
      return refusal as Error;
    }
  });
}

/** Keys are taken in a sorted order, so that two processes with the same keys wait for each other without a deadlock. */
const statement = `
  WITH booking AS (
    SELECT * FROM unnest(
      $1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
      $10::text[], $11::jsonb[], $12::timestamptz[], $13::text[], $14::text[], $15::text[], $16::text[],
      $17::smallint[], $18::text[], $19::text[], $20::text[], $21::integer[]
    ) AS booking (
      id, order_id, amount_in_cents, captured_in_cents, currency, status, method, failure, description,
      return_url, metadata, created_at, key, request, fingerprint, request_id, answer_status, answer_body,
      event_id, event_body, copies
    )
  ), taken AS (
    INSERT INTO idempotency_keys AS held (key, request, fingerprint, request_id, status, body)
    SELECT key, request, fingerprint, request_id, answer_status, answer_body FROM booking
    WHERE key IS NOT NULL
    ORDER BY key
    ON CONFLICT (key) DO UPDATE
      SET request = excluded.request, fingerprint = excluded.fingerprint, request_id = excluded.request_id,
          status = excluded.status, body = excluded.body, created_at = now()
      WHERE held.created_at < now() - interval '24 hours'
    RETURNING key
  ), fresh AS (
    SELECT * FROM booking WHERE key IS NULL OR key IN (SELECT key FROM taken)
  ), booked AS (
    INSERT INTO payment_intents (
      id, order_id, amount_in_cents, captured_in_cents, currency, status, method, failure, description,
      return_url, metadata, created_at, idempotency_key
    )
    SELECT id, order_id, amount_in_cents, captured_in_cents, currency, status, method, failure, description,
      return_url, metadata, created_at, key
    FROM fresh
  ), told AS (${insertWebhooks(`
    SELECT 'stripe' AS sender, event_id, event_body AS body, NULL::text AS after_event_id, copies
    FROM fresh WHERE event_id IS NOT NULL`)}
  )
  SELECT key FROM taken`;
