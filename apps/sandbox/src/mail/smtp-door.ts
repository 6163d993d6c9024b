import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Health, Logger } from '@hookshop/observability';
import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { SandboxConfig } from '../sandbox.config.js';
import { MailBehaviour } from './mail-behaviour.js';
import { StoreMails } from './store-mails.js';

const LARGEST_MAIL = 1024 * 1024;
const MOST_RECIPIENTS = 100;
const MOST_CONNECTIONS = 300;

const reply = (responseCode: number, message: string): Error => Object.assign(new Error(message), { responseCode });

/** Takes every mail for everyone, and says so only once it is stored. */
@Injectable()
export class SmtpDoor implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly server: SMTPServer;

  constructor(
    private readonly config: SandboxConfig,
    private readonly mails: StoreMails,
    private readonly behaviour: MailBehaviour,
    private readonly log: Logger,
    health: Health,
  ) {
    this.server = new SMTPServer({
      name: 'sandbox.hookshop',
      disabledCommands: ['AUTH', 'STARTTLS'],
      disableReverseLookup: true,
      size: LARGEST_MAIL,
      rejectOversized: true,
      maxClients: MOST_CONNECTIONS,
      // RFC 5321 asks for five minutes; senders keep their connections for the next mail.
      socketTimeout: 5 * 60_000,
      // A sender that has its 250 loses nothing, and one that has none sends again.
      closeTimeout: 1_000,
      onRcptTo: (_address, session, next) =>
        next(session.envelope.rcptTo.length < MOST_RECIPIENTS ? undefined : reply(452, 'Too many recipients')),
      onData: (stream, session, next) => this.receive(stream, session, next),
    });
    this.server.on('error', (err) => this.log.debug({ err }, 'A mail connection failed'));
    health.register('smtp', async () => ({ ok: this.server.server.listening }));
  }

  get port(): number {
    return (this.server.server.address() as AddressInfo).port;
  }

  async onApplicationBootstrap(): Promise<void> {
    const { smtpPort, host } = this.config;
    try {
      this.server.listen(smtpPort, host);
      await once(this.server.server, 'listening');
    } catch (cause) {
      throw new Error(`SMTP_PORT ${smtpPort} cannot be opened on ${host}: is another program using it?`, { cause });
    }
    this.log.info({ host, port: this.port }, 'Taking mail');
  }

  beforeApplicationShutdown(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
    });
  }

  private receive(
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
    next: (error?: Error | null) => void,
  ): void {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => {
      // The rest of what is too large is read and dropped: the sender listens only once it has sent everything.
      if (stream.sizeExceeded) chunks.length = 0;
      else chunks.push(chunk);
    });
    // Not reached when the sender leaves in the middle: it was promised nothing.
    stream.once('end', () => {
      if (stream.sizeExceeded) return next();
      this.take(Buffer.concat(chunks), session).then(() => next(), next);
    });
  }

  private async take(raw: Buffer, { envelope }: SMTPServerSession): Promise<void> {
    const rejected = this.behaviour.meet();
    if (rejected === 'temporary') throw reply(451, 'Try again later');
    if (rejected === 'permanent') throw reply(550, 'No mail is taken here');
    try {
      await this.mails.store({
        sender: envelope.mailFrom ? envelope.mailFrom.address : '',
        recipients: envelope.rcptTo.map(({ address }) => address),
        raw,
      });
    } catch (err) {
      this.log.error({ err }, 'A mail could not be stored; its sender is asked to try again');
      throw reply(451, 'The mail could not be stored: try again later');
    }
  }
}
