import type { DatabaseTransaction } from '@hookshop/persistence';

/** Has a refund that was given up tried again, with all its pauses. One that was returned meanwhile is left alone. */
export async function tryRefundAgain(tx: DatabaseTransaction, paymentId: string): Promise<void> {
  await tx.query(
    `UPDATE payments SET next_attempt_at = now(), attempts = 0, refund_failures = 0, updated_at = now()
     WHERE id = $1 AND status = 'refund-failed' AND next_attempt_at IS NULL`,
    [paymentId],
  );
}
