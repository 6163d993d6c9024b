import type { EmailKind } from '@hookshop/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { FailedDelivery } from './smtp/failed-delivery.js';
import type { ContentOf } from './templates/content.js';

/**
 * `pending` until the mail server has accepted it (`sent`), will never take it (`failed`), or it is no longer true
 * (`suppressed`).
 */
export type EmailStatus = 'pending' | 'sent' | 'failed' | 'suppressed';

/** One mail about an order; there is at most one of each kind. */
@Entity('emails')
export class Email {
  @PrimaryColumn('uuid') id: string;
  @Column('uuid', { name: 'order_id' }) orderId: string;
  @Column('text') kind: EmailKind;
  /** Empty when it is forgotten, and so is the content. */
  @Column('text') recipient: string;
  @Column('jsonb') content: ContentOf[EmailKind];
  /** RFC 5322 Message-ID, kept so that a copy carries the same one whatever is configured by then. */
  @Column('text', { name: 'message_id' }) messageId: string;
  /** The order's version in the fact that asked for the mail. */
  @Column('integer') sequence: number;
  @Column('text') status: EmailStatus;
  /** Times the mail server was given it. */
  @Column('integer') attempts: number;
  @Column('timestamptz', { name: 'next_attempt_at', nullable: true }) nextAttemptAt: Date | null;
  /** Until then it belongs to the process that took it. */
  @Column('timestamptz', { name: 'leased_until', nullable: true }) leasedUntil: Date | null;
  /** Counts every change; a process that lost its lease finds another version than it knows. */
  @Column('integer') version: number;
  /** The fact that asked for the mail. */
  @Column('jsonb') cause: { id: string; correlationId?: string; traceparent?: string };
  @Column('text', { nullable: true }) error: string | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt: Date;
  @Column('timestamptz', { name: 'sent_at', nullable: true }) sentAt: Date | null;
}

/** What becomes of a mail after a process had it in hand. */
export interface Verdict {
  status: 'sent' | 'failed' | 'pending';
  attempts: number;
  /** Seconds until it may be tried again; for pending mails only. */
  pauseSeconds: number;
  error: string | null;
}

/**
 * @param attempts how often it was tried before
 * @param failed what went wrong this time, or undefined when it was accepted
 * @param pauses seconds before each further attempt; after the last the mail is given up
 */
export function verdict(attempts: number, failed: FailedDelivery | undefined, pauses: readonly number[]): Verdict {
  if (!failed) return { status: 'sent', attempts: attempts + 1, pauseSeconds: 0, error: null };
  const { failure, reason: error } = failed;
  if (failure === 'unreachable' || failure === 'interrupted') {
    return { status: 'pending', attempts, pauseSeconds: 0, error };
  }
  const pauseSeconds = failure === 'deferred' ? pauses[attempts] : undefined;
  if (pauseSeconds === undefined) return { status: 'failed', attempts: attempts + 1, pauseSeconds: 0, error };
  return { status: 'pending', attempts: attempts + 1, pauseSeconds, error };
}
