import type { EmailKind } from '@hookshop/contracts';
import type { DatabaseTransaction } from '@hookshop/persistence';
import type { Email } from '../email.js';
import { isOvertaken } from './is-overtaken.js';

export type NewEmail = Pick<
  Email,
  'id' | 'orderId' | 'kind' | 'recipient' | 'content' | 'messageId' | 'sequence' | 'cause'
>;

export interface InsertedEmail {
  id: string;
  status: 'pending' | 'suppressed';
  createdAt: Date;
}

const statement = `
  INSERT INTO emails (id, order_id, kind, recipient, content, message_id, sequence, cause,
                      status, next_attempt_at, leased_until)
  SELECT email.id, email.order_id, kind, recipient, content, message_id, sequence, cause,
         CASE WHEN overtaken THEN 'suppressed' ELSE 'pending' END,
         CASE WHEN overtaken THEN NULL ELSE now() END,
         CASE WHEN overtaken THEN NULL ELSE now() + $9 * interval '1 second' END
  FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::jsonb[], $6::text[], $7::integer[], $8::jsonb[])
         AS email (id, order_id, kind, recipient, content, message_id, sequence, cause),
       LATERAL (SELECT ${isOvertaken('email')} AS overtaken) AS decision
  ORDER BY email.order_id
  ON CONFLICT (order_id, kind) DO NOTHING
  RETURNING id, status, created_at AS "createdAt"`;

/**
 * Records mails to be sent, once per order and kind; those that were there already are left out of the answer. Orders
 * are taken in a sorted order, so that two instances wait for each other instead of deadlocking.
 *
 * @param leaseSeconds how long they belong to this process; null leaves them to whoever claims them
 */
export const insertEmails = (
  tx: DatabaseTransaction,
  emails: readonly NewEmail[],
  leaseSeconds: number | null,
): Promise<InsertedEmail[]> =>
  tx.query<InsertedEmail>(statement, [
    emails.map(({ id }) => id),
    emails.map(({ orderId }) => orderId),
    emails.map(({ kind }): EmailKind => kind),
    emails.map(({ recipient }) => recipient),
    emails.map(({ content }) => JSON.stringify(content)),
    emails.map(({ messageId }) => messageId),
    emails.map(({ sequence }) => sequence),
    emails.map(({ cause }) => JSON.stringify(cause)),
    leaseSeconds,
  ]);
