import type { FastifyReply } from 'fastify';
import { neverAnswer } from '../../never-answer.js';
import { gzipBomb } from './gzip-bomb.js';
import type { Misbehaviour } from './partner-behaviour.js';
import { TRAP } from './trap.js';

const DRIP_MS = 100;

/** Answers, or does not, as it was told. */
export function misbehave({ mode, status, seconds }: Misbehaviour, reply: FastifyReply): FastifyReply {
  switch (mode) {
    case 'status':
      return say(reply.code(status));
    case 'gone':
      return say(reply.code(410));
    case 'retry-after':
      return say(reply.code(429).header('Retry-After', seconds));
    case 'redirect':
      return reply.redirect(TRAP, 302);
    case 'gzip-bomb':
      return reply.type('text/plain').header('Content-Encoding', 'gzip').send(gzipBomb());
    case 'hang':
      neverAnswer(reply);
      return reply;
    case 'drip':
      return drip(reply);
    case 'reset':
      reply.hijack();
      reply.raw.socket?.resetAndDestroy();
      return reply;
  }
}

const say = (reply: FastifyReply): FastifyReply => reply.type('text/plain').send('The partner was told to answer so.');

/** Never done, never silent for long: only a deadline for the whole answer ends it. */
function drip(reply: FastifyReply): FastifyReply {
  reply.hijack();
  // Of this kind a stop ends every answer; it would wait for any other.
  reply.raw.writeHead(200, { 'Content-Type': 'text/event-stream' });
  const timer = setInterval(() => {
    if (!reply.raw.writableEnded) reply.raw.write('.');
  }, DRIP_MS);
  reply.raw.once('close', () => clearInterval(timer));
  return reply;
}
