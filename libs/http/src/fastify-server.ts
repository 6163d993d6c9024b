import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendProblem } from './problem.filter.js';
import { refused, toProblem } from './to-problem.js';

const silent = { error: () => undefined, warn: () => undefined };

/** Nest's adapter, with a stop that lets whatever is being answered finish before any provider is destroyed. */
export class DrainingAdapter extends FastifyAdapter {
  drain: () => Promise<void> = () => Promise.resolve();

  override async beforeClose(): Promise<void> {
    super.beforeClose();
    await this.drain();
  }
}

export function createAdapter(bodyLimit: number): DrainingAdapter {
  return new DrainingAdapter({
    bodyLimit,
    // Slow senders are cut off; an idle connection outlives the usual load balancer's minute.
    requestTimeout: 30_000,
    keepAliveTimeout: 72_000,
    // Signature headers of 8 KiB reach the verifier, next to all others.
    http: { maxHeaderSize: 32 * 1024 },
    routerOptions: { maxParamLength: 1_024 },
    frameworkErrors: (error: unknown, _request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(reply, toProblem(error, silent)),
    clientErrorHandler: answerUnreadable,
  });
}

/** JSON only; an empty body is no body, whatever its declared type. */
export function takeJson(server: FastifyInstance, bodyLimit: number): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeContentTypeParser(['application/json', 'text/plain']);
  server.addContentTypeParser('application/json', { parseAs: 'string', bodyLimit }, (request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else parse(request, body as string, done);
  });
}

/** What is not HTTP, or has headers without end, gets its answer before there is a request to speak of. */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }[error.code ?? ''] ?? 400;
  const text = JSON.stringify(refused(status).body);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
  );
}
