import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Answer, Attempt } from '../idempotency/idempotency-keys.js';
import { type StripeError, StripeRefusal } from './stripe-error.js';

export const done = (body: object): Answer => ({ status: 200, body: JSON.stringify(body) });

export const refused = (status: number, error: StripeError): Answer => ({ status, body: JSON.stringify({ error }) });

export function send(reply: FastifyReply, { key }: Pick<Attempt, 'key'>, answer: Answer): void {
  if (key !== null) reply.header('idempotency-key', key);
  if (answer.originalRequestId !== undefined) {
    reply.header('idempotent-replayed', 'true').header('original-request', answer.originalRequestId);
  }
  reply.code(answer.status).header('content-type', 'application/json').send(answer.body);
}

/** Answers a refusal as Stripe's error. */
@Catch(StripeRefusal)
export class AnswerStripeRefusals implements ExceptionFilter<StripeRefusal> {
  catch({ status, error }: StripeRefusal, host: ArgumentsHost): void {
    send(host.switchToHttp().getResponse<FastifyReply>(), { key: null }, refused(status, error));
  }
}
