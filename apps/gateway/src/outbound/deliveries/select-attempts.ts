import type { Database } from '@hookshop/persistence';
import type { ErrorClass } from '../sending/attempt.js';
import type { attemptView } from './attempt-view.js';

interface AttemptRow {
  number: number;
  started_at: Date;
  dns_ms: number | null;
  connect_ms: number | null;
  tls_ms: number | null;
  first_byte_ms: number | null;
  total_ms: number;
  outcome: 'delivered' | 'failed';
  status: number | null;
  response_headers: Record<string, string | string[]>;
  response_body: string;
  truncated: boolean;
  error_class: ErrorClass | null;
  error_message: string | null;
  next: 'none' | 'retry' | 'disable';
  next_attempt_at: Date | null;
}

/** Every attempt at a delivery, oldest first. */
export async function selectAttempts(
  database: Database,
  deliveryId: string,
): Promise<Parameters<typeof attemptView>[0][]> {
  const rows = await database.query<AttemptRow>(
    `SELECT number, started_at, dns_ms, connect_ms, tls_ms, first_byte_ms, total_ms, outcome, status, response_headers,
            response_body, truncated, error_class, error_message, next, next_attempt_at
     FROM webhook_attempts WHERE delivery_id = $1 ORDER BY number`,
    [deliveryId],
  );
  return rows.map((row) => ({
    number: row.number,
    startedAt: row.started_at,
    durationMs: {
      dns: row.dns_ms,
      connect: row.connect_ms,
      tls: row.tls_ms,
      firstByte: row.first_byte_ms,
      total: row.total_ms,
    },
    outcome: row.outcome,
    status: row.status,
    responseHeaders: row.response_headers,
    responseBody: row.response_body,
    truncated: row.truncated,
    error: row.error_class === null ? null : { class: row.error_class, message: row.error_message ?? '' },
    next: row.next,
    nextAttemptAt: row.next_attempt_at,
  }));
}
