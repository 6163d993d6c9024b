import { applyDecorators, Catch, Controller, type ExceptionFilter, UseFilters } from '@nestjs/common';
import { RpcException } from '@nestjs/microservices';
import { CommitOutcomeUnknown } from '@hookshop/persistence';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { type Observable, throwError } from 'rxjs';
import { OutboxFull } from '../transactions.js';

/** Why a request was not done, in the terms of problem details (RFC 9457). */
export interface Refusal {
  status: number;
  detail: string;
  title?: string;
  errors?: { path: string; message: string }[];
}

/** `throw refuse(404, 'There is no order …')` on the answering side. */
export const refuse = (status: number, detail: string, more: Pick<Refusal, 'title' | 'errors'> = {}): RpcException =>
  new RpcException({ status, detail, ...more } satisfies Refusal);

const faultsOf = (errors: ValidationError[], prefix = ''): { path: string; message: string }[] =>
  errors.flatMap(({ property, constraints, children }) => [
    ...Object.values(constraints ?? {}).map((message) => ({ path: prefix + property, message })),
    ...faultsOf(children ?? [], `${prefix}${property}.`),
  ]);

/**
 * The request as its class, converted and checked. Senders may be an hour newer, so unknown properties are dropped.
 *
 * @throws RpcException a 400 refusal that names every fault
 */
export function checkRequest<T extends object>(type: new () => T, body: unknown): T {
  const isObject = body !== null && typeof body === 'object' && !Array.isArray(body);
  const request = plainToInstance(type, isObject ? body : {}, { exposeDefaultValues: true });
  const faults = faultsOf(validateSync(request, { whitelist: true }));
  if (faults.length > 0) throw refuse(400, 'The request is not valid.', { errors: faults.slice(0, 50) });
  return request;
}

/** Answers for what only messaging knows of; everything else is answered like any error of the service. */
@Catch(CommitOutcomeUnknown, OutboxFull)
export class RequestFilter implements ExceptionFilter {
  catch(error: CommitOutcomeUnknown | OutboxFull): Observable<never> {
    const status = error instanceof OutboxFull ? 503 : 504;
    return throwError((): Refusal => ({ status, detail: `${error.message}.` }));
  }
}

/** A controller that answers requests over NATS. */
export const RequestController = (): ClassDecorator => applyDecorators(Controller(), UseFilters(RequestFilter));
