import { setTimeout as wait } from 'node:timers/promises';
import { Logger } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { createTransport, type Transporter } from 'nodemailer';
import { SandboxConfig } from '../sandbox.config.js';

const AT_ONCE = 20;
/** Looks again without being woken: for what another process stored, or a failure put off. */
const POLL_MS = 1_000;
const SHORTEST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** Sends under way are given up at a stop; they are due again when their claim ends. */
const STOP_MS = 2_000;
/** A mail refused for good this often is left alone, with the reason beside it. */
const MOST_REFUSALS = 5;

interface StoredMail {
  id: string;
  sender: string;
  recipients: string[];
  raw: Buffer;
  attempts: number;
}

interface Outcome {
  id: string;
  error: string | null;
  /** Seconds until the next attempt; null for none. */
  againIn: number | null;
}

/** Sends every stored mail on to `SMTP_FORWARD_URL`, at its own pace: taking mail never waits for it. */
@Injectable()
export class ForwardMails implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly transport?: Transporter;
  private readonly stopping = new AbortController();
  private nap = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly log: Logger,
    config: SandboxConfig,
  ) {
    if (config.smtpForwardUrl === undefined) return;
    this.transport = createTransport({
      url: config.smtpForwardUrl,
      pool: true,
      maxConnections: 2,
      connectionTimeout: 5_000,
      greetingTimeout: 5_000,
      socketTimeout: 15_000,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  onApplicationBootstrap(): void {
    if (this.transport !== undefined) this.running = this.run(this.transport);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    this.nap.abort();
    this.transport?.close();
    await Promise.race([this.running, wait(STOP_MS, undefined, { ref: false })]);
  }

  /** There are mails to forward. */
  wake(): void {
    if (this.transport !== undefined && !this.nap.signal.aborted) this.nap.abort();
  }

  private async run(transport: Transporter): Promise<void> {
    let pauseMs = SHORTEST_PAUSE_MS;
    while (!this.stopping.signal.aborted) {
      this.nap = new AbortController();
      const left = await this.forwardSome(transport);
      if (left === 'stuck') {
        await rest(pauseMs, this.stopping.signal);
        pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
      } else {
        pauseMs = SHORTEST_PAUSE_MS;
        if (left === 'none') await rest(POLL_MS, this.nap.signal);
      }
    }
  }

  /** Tells whether more are due, none are, or nobody takes them at the moment. */
  private async forwardSome(transport: Transporter): Promise<'more' | 'none' | 'stuck'> {
    try {
      const mails = await this.database.query<StoredMail>(claim, [AT_ONCE]);
      if (mails.length === 0) return 'none';
      const outcomes = await Promise.all(mails.map((mail) => this.send(mail, transport)));
      await this.settle(outcomes);
      if (outcomes.every(({ error }) => error !== null)) return 'stuck';
      return mails.length === AT_ONCE ? 'more' : 'none';
    } catch (err) {
      this.log.warn({ err }, 'Mails cannot be forwarded now; they stay in the inbox and are tried again');
      return 'stuck';
    }
  }

  private async send({ id, sender, recipients, raw, attempts }: StoredMail, transport: Transporter): Promise<Outcome> {
    try {
      await transport.sendMail({ envelope: { from: sender, to: recipients }, raw });
      return { id, error: null, againIn: null };
    } catch (err) {
      const { message, responseCode = 0 } = err as Error & { responseCode?: number };
      const refusedForGood = responseCode >= 500 && attempts >= MOST_REFUSALS;
      this.log.warn({ err, mailId: id, attempts }, 'A mail was not forwarded');
      return { id, error: message.slice(0, 500), againIn: refusedForGood ? null : Math.min(2 ** (attempts - 1), 600) };
    }
  }

  private async settle(outcomes: Outcome[]): Promise<void> {
    await this.database.query(settle, [
      outcomes.map(({ id }) => id),
      outcomes.map(({ error }) => error),
      outcomes.map(({ againIn }) => againIn),
    ]);
  }
}

const rest = (ms: number, signal: AbortSignal): Promise<void> => wait(ms, undefined, { signal }).catch(() => undefined);

/** Taken for as long as a slow target can need for all of them: should this process die, they are due again. */
const claim = `
  UPDATE mails SET forward_due_at = now() + interval '5 minutes', forward_attempts = forward_attempts + 1
  WHERE id IN (
    SELECT id FROM mails WHERE forward_due_at <= now()
    ORDER BY forward_due_at, id LIMIT $1::integer FOR UPDATE SKIP LOCKED
  )
  RETURNING id, sender, raw, forward_attempts AS attempts,
    ARRAY(SELECT recipient FROM mail_recipients WHERE mail_id = mails.id ORDER BY position) AS recipients`;

const settle = `
  UPDATE mails SET
    forwarded_at = CASE WHEN outcome.error IS NULL THEN now() END,
    forward_error = outcome.error,
    forward_due_at = now() + make_interval(secs => outcome.again_in)
  FROM unnest($1::uuid[], $2::text[], $3::float8[]) AS outcome (id, error, again_in)
  WHERE mails.id = outcome.id`;
