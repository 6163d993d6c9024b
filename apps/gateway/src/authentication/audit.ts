import type { Logger } from '@hookshop/observability';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from './caller.js';

/** Reads what nobody else may know. */
const secretRoutes = /\/secret$/;

/**
 * Writes one line when an admin changes something or looks at a secret. Written when the connection lets go of the
 * answer, not when it was sent: who hangs up in between has done it all the same.
 */
export function audit(request: FastifyRequest, reply: FastifyReply, caller: Caller, log: Logger): void {
  if (caller.role !== 'admin') return;
  const reads = isRead(request);
  if (reads && !secretRoutes.test(request.routeOptions.url ?? '')) return;

  reply.raw.once('close', () => {
    const { method, params, routeOptions } = request;
    const { partnerId } = request.query as { partnerId?: string };
    log.audit(
      {
        by: { apiKeyId: caller.keyId, name: caller.name },
        method,
        route: routeOptions.url,
        params,
        ...(partnerId === undefined ? {} : { partnerId }),
        status: reply.raw.writableFinished ? reply.statusCode : 'hung up',
      },
      reads ? 'Admin read of a secret' : 'Admin write',
    );
  });
}

const isRead = ({ method }: FastifyRequest): boolean => method === 'GET' || method === 'HEAD';
