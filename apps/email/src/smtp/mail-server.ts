import { Readable } from 'node:stream';
import { type CheckResult, Health, Logger } from '@hookshop/observability';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import SMTPPool from 'nodemailer/lib/smtp-pool';
import { EmailConfig } from '../email.config.js';
import type { ComposedMail } from './compose-mail.js';
import { failedDelivery, type FailedDelivery } from './failed-delivery.js';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 15_000;
/** A sign of life is good for so long, so that health probes do not become sessions at the mail server. */
const FRESH_MS = 10_000;

/**
 * The mail server, over connections that stay open. When it cannot be reached no mail is tried any more; it is asked
 * again and again with growing pauses until it answers.
 */
@Injectable()
export class MailServer implements OnApplicationShutdown {
  private pool: SMTPPool;
  private away = false;
  private stopped = false;
  /** Times it could not be reached since a mail was last accepted. */
  private failures = 0;
  private lastSeen = -Infinity;
  private nextProbe?: NodeJS.Timeout;
  private readonly whenBackCallbacks: (() => void)[] = [];

  constructor(
    private readonly config: EmailConfig,
    private readonly log: Logger,
    health: Health,
  ) {
    this.pool = this.openPool();
    // Mails wait for it in the database: without it the service is as useful as it can be.
    health.register('smtp', () => this.check(), { required: false });
  }

  get isAway(): boolean {
    return this.away;
  }

  /** Called each time it can be reached again. */
  whenBack(callback: () => void): void {
    this.whenBackCallbacks.push(callback);
  }

  /** Hands a mail over. Resolves to undefined once the server has accepted it, otherwise to what went wrong. */
  async deliver(mail: ComposedMail, signal: AbortSignal): Promise<FailedDelivery | undefined> {
    const content = new MessageContent(mail.bytes);
    const error = await new Promise<unknown>((resolve) => {
      if (this.away) resolve(new Error('The mail server is away'));
      else this.pool.send(messageForPool(mail, content, signal), resolve);
    });
    if (!error) {
      this.failures = 0;
      this.lastSeen = performance.now();
      return undefined;
    }
    const failed = failedDelivery(error, content.readableDidRead);
    if (failed.failure === 'unreachable') this.lost(failed.reason);
    return failed;
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    clearTimeout(this.nextProbe);
    this.pool.close();
  }

  private async check(): Promise<CheckResult> {
    if (!this.away && performance.now() - this.lastSeen > FRESH_MS) {
      await this.pool.verify().then(
        () => (this.lastSeen = performance.now()),
        (error: unknown) => this.lost(failedDelivery(error, false).reason),
      );
    }
    return this.away ? { ok: false, detail: 'it cannot be reached; mails wait' } : { ok: true };
  }

  private lost(reason: string): void {
    if (this.away || this.stopped) return;
    this.away = true;
    this.log.warn({ reason }, 'The mail server is away; mails wait');
    // What waits in the pool fails at once instead of each after a timeout of its own; deliveries under way finish.
    this.pool.close();
    this.pool = this.openPool();
    this.probeLater();
  }

  private probeLater(): void {
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** this.failures, LONGEST_PAUSE_MS);
    this.failures += 1;
    this.nextProbe = setTimeout(() => void this.probe(), pause).unref();
  }

  private async probe(): Promise<void> {
    const answers = await this.pool.verify().catch(() => false);
    if (this.stopped) return;
    if (!answers) return this.probeLater();
    this.away = false;
    this.lastSeen = performance.now();
    this.log.info('The mail server is back');
    for (const callback of this.whenBackCallbacks) callback();
  }

  private openPool(): SMTPPool {
    const { smtpUrl, smtpMaxConnections, smtpTimeoutSeconds } = this.config;
    const timeoutMs = smtpTimeoutSeconds * 1000;
    return new SMTPPool({
      url: smtpUrl,
      maxConnections: smtpMaxConnections,
      maxMessages: Infinity,
      // Trying again is decided with the attempts counted in the database, not behind our back.
      maxRequeues: 0,
      connectionTimeout: timeoutMs,
      dnsTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
    });
  }
}

/** Content that is there already; tells whether any of it was taken to be sent. */
class MessageContent extends Readable {
  constructor(private readonly bytes: Buffer) {
    super({ highWaterMark: bytes.length + 1 });
  }

  override _read(): void {
    this.push(this.bytes);
    this.push(null);
  }
}

/**
 * What nodemailer's transports ask of a message. nodemailer's own, made by its composer, costs four times as much CPU
 * per mail and twice the memory.
 */
const messageForPool = (
  { envelope, messageId }: ComposedMail,
  content: Readable,
  signal: AbortSignal,
): Parameters<SMTPPool['send']>[0] =>
  ({
    data: { signal },
    message: {
      getEnvelope: () => envelope,
      messageId: () => messageId,
      getHeader: () => messageId,
      createReadStream: () => content,
    },
  }) as unknown as Parameters<SMTPPool['send']>[0];
