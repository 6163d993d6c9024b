import type { Logger } from '@hookshop/observability';
import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from './problem.js';
import { refused, toProblem } from './to-problem.js';

/** A service's own errors that mean something to its callers; undefined for all others. */
export type ToProblem = (error: unknown) => Problem | undefined;

/** Answers every error of an HTTP request with problem details; other transports answer in their own way. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly log: Logger,
    private readonly own: ToProblem = () => undefined,
    private readonly whenNothingMatches: (request: FastifyRequest) => Problem = () =>
      new Problem(404, 'There is nothing at this address.'),
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error;

    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    // The caller hung up in the middle of the body: nobody reads an answer, and it is nobody's fault here.
    if (request.raw.destroyed && !request.raw.complete && !(error instanceof HttpException)) {
      return sendProblem(reply, refused(400));
    }
    const unmatched = request.is404 && !(error instanceof Problem);
    const problem = unmatched ? this.whenNothingMatches(request) : (this.own(error) ?? toProblem(error, this.log));
    if (reply.sent || reply.raw.headersSent) {
      // The answer has begun (a stream): all that is left to say is that it is not complete.
      reply.raw.destroy();
      return;
    }
    sendProblem(reply, problem);
  }
}

export function sendProblem(reply: FastifyReply, problem: Problem): void {
  reply
    .code(problem.getStatus())
    .headers(problem.headers)
    .type('application/problem+json')
    // As text: a serializer that a route declares for its answer does not fit a problem.
    .serializer(String)
    .send(JSON.stringify(problem.body));
}
