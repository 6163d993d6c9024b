import type { Logger } from '@hookshop/observability';
import { Catch, type RpcExceptionFilter } from '@nestjs/common';
import { RpcException } from '@nestjs/microservices';
import { throwError, type Observable } from 'rxjs';
import { toProblem } from './to-problem.js';
import type { ToProblem } from './problem.filter.js';

/** Answers every error of a request over NATS with the refusal its caller can turn into a problem again. */
@Catch()
export class RefusalFilter implements RpcExceptionFilter {
  constructor(
    private readonly log: Logger,
    private readonly own: ToProblem = () => undefined,
  ) {}

  catch(error: unknown): Observable<never> {
    if (error instanceof RpcException) return throwError(() => error.getError());
    const problem = this.own(error) ?? toProblem(error, this.log);
    return throwError(() => problem.body);
  }
}
