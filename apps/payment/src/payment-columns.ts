import { Payment } from './payment.js';

const columns = {
  id: 'id',
  orderId: 'order_id',
  status: 'status',
  version: 'version',
  amountInCents: 'amount_in_cents',
  currency: 'currency',
  method: 'method',
  providerReference: 'provider_reference',
  refundReference: 'refund_reference',
  declineReason: 'decline_reason',
  attempts: 'attempts',
  refundFailures: 'refund_failures',
  refundLog: 'refund_log',
  cause: 'cause',
  cancellationCause: 'cancellation_cause',
} satisfies Partial<Record<keyof Payment, string>>;

/** What a statement has to return for `toPayment`. */
export const paymentColumns = (table: string): string =>
  Object.entries(columns)
    .map(([property, column]) => `${table}.${column} AS "${property}"`)
    .join(', ');

export const toPayment = (row: Record<string, unknown>): Payment => Object.assign(new Payment(), row);
