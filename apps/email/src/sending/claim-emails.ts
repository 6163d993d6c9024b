import type { Database } from '@hookshop/persistence';
import type { Email } from '../email.js';
import { isOvertaken } from './is-overtaken.js';

/** What a process needs to send a mail and to say how it went. */
export type EmailInHand = Pick<
  Email,
  'id' | 'orderId' | 'kind' | 'recipient' | 'content' | 'messageId' | 'attempts' | 'version' | 'cause' | 'createdAt'
>;

export interface Claimed {
  inHand: EmailInHand[];
  /** Mails that are no longer true and were suppressed instead of leased. */
  suppressed: EmailInHand[];
}

const statement = `
  WITH due AS (
    SELECT id, ${isOvertaken('email')} AS overtaken
    FROM emails AS email
    WHERE status = 'pending' AND next_attempt_at <= now() AND (leased_until IS NULL OR leased_until <= now())
    ORDER BY next_attempt_at
    LIMIT $1
    FOR UPDATE SKIP LOCKED
  )
  UPDATE emails SET
    version = version + 1,
    status = CASE WHEN overtaken THEN 'suppressed' ELSE status END,
    next_attempt_at = CASE WHEN overtaken THEN NULL ELSE next_attempt_at END,
    leased_until = CASE WHEN overtaken THEN NULL ELSE now() + $2 * interval '1 second' END
  FROM due
  WHERE emails.id = due.id
  RETURNING emails.id, order_id AS "orderId", kind, recipient, content, message_id AS "messageId", attempts, version,
            cause, created_at AS "createdAt", overtaken`;

/** Leases due mails to this process; those that an order's cancellation has overtaken are suppressed. */
export async function claimEmails(database: Database, limit: number, leaseSeconds: number): Promise<Claimed> {
  const rows = await database.query<EmailInHand & { overtaken: boolean }>(statement, [limit, leaseSeconds]);
  return {
    inHand: rows.filter(({ overtaken }) => !overtaken),
    suppressed: rows.filter(({ overtaken }) => overtaken),
  };
}
