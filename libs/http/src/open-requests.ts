import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { atMost } from './at-most.js';

/** The requests being answered right now, so that a stop can wait for them. */
export class OpenRequests {
  private readonly answers = new Set<ServerResponse>();
  private lastAnswered?: () => void;
  private stopping = false;

  constructor(private readonly server: FastifyInstance) {
    const closed = (answer: ServerResponse): void => {
      this.answers.delete(answer);
      if (this.answers.size === 0) this.lastAnswered?.();
    };
    server.addHook('onRequest', (_request, reply, done) => {
      this.answers.add(reply.raw);
      // Also when the caller hangs up: Fastify's `onResponse` hears only of answers that were finished.
      reply.raw.once('close', () => closed(reply.raw));
      // A connection kept alive would bring its next request to a server that is going away.
      if (this.stopping) reply.header('Connection', 'close');
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
    for (const answer of this.answers) if (isStream(answer)) endStream(answer);

    if (this.answers.size > 0) await atMost(deadlineMs, new Promise<void>((resolve) => (this.lastAnswered = resolve)));
    // Also those on which nothing was ever sent, which Node does not count as idle: a preconnect, a balancer's check.
    this.server.server.closeAllConnections();
  }
}

/** Server-sent events never end by themselves; their readers come back with `Last-Event-ID`. */
function isStream(answer: ServerResponse): boolean {
  // What was handed to `writeHead`, as Nest does for streams, can be read back nowhere else.
  const { _header: sent } = answer as unknown as { _header: string | null };
  return /^content-type: *text\/event-stream/im.test(sent ?? '');
}

function endStream(answer: ServerResponse): void {
  // Whoever writes to the stream has not heard of its end yet.
  answer.on('error', () => undefined);
  answer.end();
}
