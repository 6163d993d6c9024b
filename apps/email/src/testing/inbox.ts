import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface ReceivedMail {
  to: string[];
  raw: Buffer;
  messageId: string;
}

/** What the server says to a recipient or to a whole message; undefined accepts. */
type Reply = { responseCode: number; message: string } | undefined;

/** A real mail server that keeps what it receives and says what it is told to. */
export class Inbox {
  readonly mails: ReceivedMail[] = [];
  port = 0;
  /** Instead of a greeting. */
  onConnection: () => Reply = () => undefined;
  /** Replies to RCPT TO. */
  onRecipient: (address: string) => Reply = () => undefined;
  /** Asked before the 250 is given; the mail is kept either way once it is accepted. */
  onMessage: (mail: ReceivedMail) => Reply | Promise<Reply> = () => undefined;
  private server?: SMTPServer;
  private readonly sockets = new Set<Socket>();

  get messageIds(): string[] {
    return this.mails.map(({ messageId }) => messageId);
  }

  /** Listens where it listened before, at first on any free port. */
  async start(): Promise<void> {
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      disableReverseLookup: true,
      onConnect: (_session, done) => done(asError(this.onConnection())),
      onRcptTo: ({ address }, _session, done) => done(asError(this.onRecipient(address))),
      onData: (stream, { envelope }, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const raw = Buffer.concat(chunks);
          const messageId = /^Message-ID:\s+(\S+)/im.exec(raw.toString('latin1'))?.[1] ?? '';
          const mail = { to: envelope.rcptTo.map(({ address }) => address), raw, messageId };
          void Promise.resolve(this.onMessage(mail)).then((reply) => {
            if (!reply) this.mails.push(mail);
            done(asError(reply));
          });
        });
      },
    });
    // Clients that vanish are part of the tests.
    server.on('error', () => undefined);
    server.server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    server.listen(this.port, '127.0.0.1');
    await once(server.server, 'listening');
    this.port = (server.server.address() as AddressInfo).port;
    this.server = server;
  }

  /** Gone at once, as after a kill: open connections are cut. */
  async stop(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    if (!server) return;
    const closed = once(server.server, 'close');
    server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}

const asError = (reply: Reply): Error | null => (reply ? Object.assign(new Error(reply.message), reply) : null);
