import type { DatabaseTransaction } from '@hookshop/persistence';
import type { AttemptOutcome } from '../sending/attempt.js';
import type { Verdict } from './verdict.js';

/** One attempt and what is to become of its delivery. */
export interface Settled {
  deliveryId: string;
  endpointId: string;
  /** Of the lane in which it was sent. */
  epoch: number;
  startedAt: Date;
  outcome: AttemptOutcome;
  verdict: Verdict;
}

export interface SettledDelivery {
  deliveryId: string;
  status: 'pending' | 'delivered' | 'exhausted' | 'held' | 'cancelled';
  attempts: number;
}

/**
 * What was received is delivered, whoever holds the lane by now and whatever was decided meanwhile. A failure decides
 * only about a delivery that is still pending, and its next attempt only while the lane is in the same hands.
 */
const statement = `
  WITH outcome AS (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::timestamptz[], $5::real[], $6::real[], $7::real[],
                         $8::real[], $9::real[], $10::text[], $11::integer[], $12::json[], $13::text[], $14::boolean[],
                         $15::text[], $16::text[], $17::text[], $18::text[], $19::double precision[])
      AS outcome (delivery_id, endpoint_id, epoch, started_at, dns_ms, connect_ms, tls_ms, first_byte_ms, total_ms,
                  outcome, http_status, response_headers, response_body, truncated, error_class, error_message,
                  verdict, next, pause_seconds)
  ), settled AS (
    UPDATE webhook_deliveries AS delivery SET
      attempts = delivery.attempts + 1,
      status = CASE
        WHEN outcome.verdict = 'delivered' THEN 'delivered'
        WHEN delivery.status = 'pending' THEN outcome.verdict
        ELSE delivery.status
      END,
      delivered_at = CASE WHEN outcome.verdict = 'delivered' THEN coalesce(delivery.delivered_at, now())
        ELSE delivery.delivered_at END,
      unresolved_at = CASE
        WHEN outcome.verdict = 'delivered' THEN NULL
        WHEN delivery.status = 'pending' AND outcome.verdict IN ('exhausted', 'held') THEN now()
        ELSE delivery.unresolved_at
      END
    FROM outcome
    WHERE delivery.id = outcome.delivery_id
      -- Only an attempt whose commit nobody saw may be there already.
      AND NOT ($20 AND EXISTS (SELECT FROM webhook_attempts AS known
                               WHERE known.delivery_id = delivery.id AND known.started_at = outcome.started_at))
    RETURNING delivery.id, delivery.status, delivery.attempts, outcome.*
  ), logged AS (
    INSERT INTO webhook_attempts (delivery_id, number, started_at, dns_ms, connect_ms, tls_ms, first_byte_ms, total_ms,
                                  outcome, status, response_headers, response_body, truncated, error_class,
                                  error_message, next, next_attempt_at)
    SELECT id, attempts, started_at, dns_ms, connect_ms, tls_ms, first_byte_ms, total_ms, outcome, http_status,
           response_headers, response_body, truncated, error_class, error_message,
           CASE WHEN next = 'retry' AND status <> 'pending' THEN 'none' ELSE next END,
           CASE WHEN status = 'pending' THEN now() + pause_seconds * interval '1 second' END
    FROM settled
  ), done AS (
    DELETE FROM webhook_queue AS queue USING settled
    WHERE queue.delivery_id = settled.id AND settled.status <> 'pending'
  ), again AS (
    UPDATE webhook_queue AS queue
    SET due_at = now() + pause_seconds * interval '1 second', tries = queue.tries + 1, claimed_epoch = NULL
    FROM settled
    WHERE queue.delivery_id = settled.id AND settled.status = 'pending' AND queue.claimed_epoch = settled.epoch
  ), counted AS (
    INSERT INTO webhook_stats AS stats (endpoint_id, hour, delivered, failed, exhausted, total_ms, max_ms)
    SELECT endpoint_id, date_trunc('hour', now()), count(*) FILTER (WHERE outcome = 'delivered'),
           count(*) FILTER (WHERE outcome = 'failed'), count(*) FILTER (WHERE status = 'exhausted'),
           sum(total_ms), max(total_ms)
    FROM settled
    GROUP BY endpoint_id
    ORDER BY endpoint_id
    ON CONFLICT (endpoint_id, hour) DO UPDATE SET
      delivered = stats.delivered + excluded.delivered, failed = stats.failed + excluded.failed,
      exhausted = stats.exhausted + excluded.exhausted, total_ms = stats.total_ms + excluded.total_ms,
      max_ms = greatest(stats.max_ms, excluded.max_ms)
  )
  SELECT id AS "deliveryId", status, attempts FROM settled`;

/**
 * Records attempts and what follows from them, in one statement whatever their number; at most one attempt a delivery.
 *
 * @param again an earlier commit of the same attempts may have happened without anybody knowing
 * @returns the deliveries of attempts that were not there before
 */
export const settleAttempts = (
  tx: DatabaseTransaction,
  settled: readonly Settled[],
  again: boolean,
): Promise<SettledDelivery[]> =>
  tx.query<SettledDelivery>(statement, [
    settled.map(({ deliveryId }) => deliveryId),
    settled.map(({ endpointId }) => endpointId),
    settled.map(({ epoch }) => epoch),
    settled.map(({ startedAt }) => startedAt),
    settled.map(({ outcome }) => outcome.durationMs.dns),
    settled.map(({ outcome }) => outcome.durationMs.connect),
    settled.map(({ outcome }) => outcome.durationMs.tls),
    settled.map(({ outcome }) => outcome.durationMs.firstByte),
    settled.map(({ outcome }) => outcome.durationMs.total),
    settled.map(({ outcome }) => outcome.outcome),
    settled.map(({ outcome }) => outcome.status),
    settled.map(({ outcome }) => JSON.stringify(outcome.responseHeaders)),
    settled.map(({ outcome }) => outcome.responseBody),
    settled.map(({ outcome }) => outcome.truncated),
    settled.map(({ outcome }) => outcome.error?.class ?? null),
    settled.map(({ outcome }) => outcome.error?.message ?? null),
    settled.map(({ verdict }) => verdict.status),
    settled.map(({ verdict }) => verdict.next),
    settled.map(({ verdict }) => verdict.pauseSeconds),
    again,
  ]);
