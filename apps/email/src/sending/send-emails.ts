import { EmailFailed, EmailSent, type EmailKind, type OrderConfirmed } from '@hookshop/contracts';
import { type Done, type Fact, OutsideWork, type Transaction, type WorkSubject } from '@hookshop/messaging';
import { Metrics } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { EmailConfig } from '../email.config.js';
import { verdict, type Verdict } from '../email.js';
import { composeMail } from '../smtp/compose-mail.js';
import type { FailedDelivery } from '../smtp/failed-delivery.js';
import { MailServer } from '../smtp/mail-server.js';
import { domainOf, type Mailbox, parseMailbox } from '../smtp/mailbox.js';
import type { ContentOf, OrderContent } from '../templates/content.js';
import { writeLetter } from '../templates/write-letter.js';
import { claimEmails, type EmailInHand } from './claim-emails.js';
import { insertEmails, type NewEmail } from './insert-emails.js';
import { settleEmails } from './settle-emails.js';

/** What every fact about an order tells. */
type OrderContentSource = Pick<OrderConfirmed, 'orderId' | 'customer' | 'lines' | 'totalInCents' | 'currency'>;
/** Undefined: the mail server accepted it. */
type Outcome = FailedDelivery | undefined;

/** Under the span of its attempt, if that is recorded. */
type Attempted = EmailInHand & { traceparent: string | undefined };

/** Accepted mails remembered at most; more are only there when the database has been away for long. */
const MOST_REMEMBERED = 10_000;

/** Hands pending mails to the mail server and states what became of them. */
@Injectable()
export class SendEmails extends OutsideWork<EmailInHand, Outcome> {
  readonly name = 'send-emails';
  override concurrency = 32;
  private readonly from: Mailbox;
  private readonly pauses: number[];
  /** Accepted by the mail server and not committed yet: when committing fails, they must not be sent once more. */
  private readonly accepted = new Set<string>();
  private readonly counter;

  constructor(
    private readonly database: Database,
    private readonly mailServer: MailServer,
    config: EmailConfig,
    metrics: Metrics,
  ) {
    super();
    this.from = parseMailbox(config.mailFrom)!;
    this.pauses = config.mailRetrySeconds.map(Number);
    // Work begins while at least half of the lease is left: a silent server is noticed before the mail is somebody else's.
    this.leaseSeconds = 3 * config.smtpTimeoutSeconds;
    this.counter = metrics.counter({
      name: 'emails_total',
      help: 'Mails by kind and what became of them (sent, failed, suppressed) or of an attempt (deferred)',
      labelNames: ['kind', 'outcome'],
    });
    mailServer.whenBack(() => this.wake());
  }

  /**
   * Records a mail of one kind for every fact, in the facts' transaction. Once it is committed this process sends them;
   * while the mail server is away they wait for whoever finds it back.
   *
   * @param special what a mail of this kind tells besides what all do
   */
  async record<K extends EmailKind, D extends OrderContentSource>(
    kind: K,
    facts: readonly Fact<D>[],
    special: (data: D) => Omit<ContentOf[K], keyof OrderContent>,
    tx: Transaction,
  ): Promise<void> {
    const emails = facts.map((fact): NewEmail => {
      const { orderId, customer, lines, totalInCents, currency } = fact.data;
      return {
        id: uuidv7(),
        orderId,
        kind,
        recipient: customer.email,
        content: { customerName: customer.name, lines, totalInCents, currency, ...special(fact.data) } as ContentOf[K],
        messageId: `<${kind}.${orderId}@${domainOf(this.from)}>`,
        sequence: fact.sequence,
        cause: { id: fact.id, correlationId: fact.correlationId, traceparent: fact.traceparent },
      };
    });
    const leaseSeconds = this.mailServer.isAway ? null : this.leaseSeconds;
    const inserted = new Map((await insertEmails(tx, emails, leaseSeconds)).map((row) => [row.id, row]));
    const inHand: EmailInHand[] = [];
    for (const email of emails) {
      const row = inserted.get(email.id);
      if (row?.status === 'pending') inHand.push({ ...email, attempts: 0, version: 1, createdAt: row.createdAt });
      if (row?.status === 'suppressed') tx.afterCommit(() => this.suppressed(email));
    }
    if (leaseSeconds !== null) tx.afterCommit(() => this.take(inHand));
  }

  protected async claim(limit: number, leaseSeconds: number): Promise<EmailInHand[]> {
    if (this.mailServer.isAway) return [];
    const { inHand, suppressed } = await claimEmails(this.database, limit, leaseSeconds);
    for (const email of suppressed) this.suppressed(email);
    return inHand;
  }

  protected async perform(email: EmailInHand, signal: AbortSignal): Promise<Outcome> {
    if (this.accepted.has(email.id)) return undefined;
    const mail = composeMail({
      ...writeLetter(email.kind, email.orderId, email.content as never),
      from: this.from,
      to: { name: email.content.customerName, address: email.recipient },
      messageId: email.messageId,
      date: email.createdAt,
      boundary: email.id,
    });
    const failed = await this.mailServer.deliver(mail, signal);
    if (!failed) this.remember(email.id);
    return failed;
  }

  protected about({ id: emailId, orderId, kind, attempts, cause }: EmailInHand): WorkSubject {
    const { correlationId, traceparent } = cause;
    return { ids: { emailId, orderId, kind }, attempt: attempts + 1, correlationId, traceparent };
  }

  protected wordFor(failed: Outcome): string {
    return failed?.failure ?? 'sent';
  }

  protected override troubleIn(failed: Outcome): string | undefined {
    return failed?.reason;
  }

  protected async settle(done: Done<EmailInHand, Outcome>[], tx: Transaction): Promise<void> {
    const settled = done.map(({ job, outcome }) => ({
      id: job.id,
      version: job.version,
      ...verdict(job.attempts, outcome, this.pauses),
    }));
    const versions = await settleEmails(tx, settled);
    done.forEach(({ job, traceparent }, index) => {
      const version = versions.get(job.id);
      if (version !== undefined) this.state({ ...job, traceparent }, settled[index]!, version, tx);
    });
    tx.afterCommit(() => done.forEach(({ job }) => this.accepted.delete(job.id)));
  }

  /** States the fact and, once it is committed, tells the log and the metrics. Never with the recipient's address. */
  private state(email: Attempted, { status, attempts, error }: Verdict, version: number, tx: Transaction): void {
    const { id: emailId, orderId, kind, messageId, cause, traceparent } = email;
    const about = { emailId, orderId, kind, attempts };
    const options = { subject: emailId, sequence: version, correlationId: orderId, cause, traceparent };
    if (status === 'sent') tx.publish(EmailSent, { emailId, orderId, kind, messageId }, options);
    if (status === 'failed') tx.publish(EmailFailed, { emailId, orderId, kind, messageId, reason: error! }, options);
    tx.afterCommit(() => {
      if (status === 'failed') this.log.error({ ...about, error }, 'A mail cannot be delivered and is given up');
      // Without a further attempt it was only put back: the mail server's absence is told once, not for every mail.
      if (status === 'pending' && attempts === email.attempts) return;
      this.count(kind, status === 'pending' ? 'deferred' : status);
    });
  }

  private suppressed({ id: emailId, orderId, kind }: Pick<EmailInHand, 'id' | 'orderId' | 'kind'>): void {
    this.log.info({ emailId, orderId, kind }, 'The order was cancelled meanwhile; the mail is not sent');
    this.count(kind, 'suppressed');
  }

  private count(kind: EmailKind, outcome: string): void {
    this.counter.inc({ kind, outcome });
  }

  private remember(id: string): void {
    if (this.accepted.size >= MOST_REMEMBERED) this.accepted.delete(this.accepted.values().next().value!);
    this.accepted.add(id);
  }
}
