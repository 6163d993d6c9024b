import type { FastifyInstance, FastifyReply } from 'fastify';
import { atMost } from './at-most.js';

/** The requests being answered right now, so that a stop can wait for them. */
export class OpenRequests {
  private readonly replies = new Set<FastifyReply>();
  private lastAnswered?: () => void;
  private stopping = false;

  constructor(private readonly server: FastifyInstance) {
    server.addHook('onRequest', (_request, reply, done) => {
      this.replies.add(reply);
      // A connection kept alive would bring its next request to a server that is going away.
      if (this.stopping) reply.header('Connection', 'close');
      done();
    });
    server.addHook('onResponse', (_request, reply, done) => {
      this.replies.delete(reply);
      if (this.replies.size === 0) this.lastAnswered?.();
      done();
    });
  }

  get isStopping(): boolean {
    return this.stopping;
  }

  /** Accepts no more connections and waits until the open requests are answered, or the deadline. */
  async drain(deadlineMs: number): Promise<void> {
    this.stopping = true;
    if (!this.server.server.listening) return;
    this.server.server.close();
    for (const reply of this.replies) if (isStream(reply)) endStream(reply);

    if (this.replies.size > 0) await atMost(deadlineMs, new Promise<void>((resolve) => (this.lastAnswered = resolve)));
    this.server.server.closeIdleConnections();
  }
}

/** Server-sent events never end by themselves; their readers come back with `Last-Event-ID`. */
const isStream = ({ raw, request }: FastifyReply): boolean =>
  raw.headersSent &&
  (String(raw.getHeader('content-type')).startsWith('text/event-stream') ||
    // Headers handed to `writeHead` cannot be read back.
    request.headers.accept?.includes('text/event-stream') === true);

function endStream({ raw }: FastifyReply): void {
  // Whoever writes to the stream has not heard of its end yet.
  raw.on('error', () => undefined);
  raw.end();
}
