import type { FastifyReply } from 'fastify';

/** Leaves the client without an answer: it gives up, or the connection ends as an idle one does. */
export function neverAnswer(reply: FastifyReply): void {
  reply.hijack();
  // To the server the request is over, or a stop would wait for an answer that never comes.
  reply.raw.emit('finish');
}
