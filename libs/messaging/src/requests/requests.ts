import { Injectable } from '@nestjs/common';
import { continueTrace, currentTrace, Tracer } from '@hookshop/observability';
import { headers, type Msg, RequestError, type NatsConnection } from '@nats-io/transport-node';
import type { BrokerConnection } from '../jetstream/broker-connection.js';
import { isNotPermitted } from '../jetstream/refusals.js';
import type { Refusal } from './refuse.js';

/** The other service answered that it will not do it. */
export class RequestRefused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.detail);
    this.name = 'RequestRefused';
  }
}

/** Nobody could be asked: nothing was done. */
export class ServiceUnreachable extends Error {
  constructor(subject: string, options?: ErrorOptions) {
    super(`Nobody answers ${subject} now; nothing was done`, options);
    this.name = 'ServiceUnreachable';
  }
}

/** The deadline passed: it may have been done or not. */
export class NoAnswer extends Error {
  constructor(subject: string, timeoutMs: number) {
    super(`${subject} was not answered within ${timeoutMs} ms; the outcome is unknown`);
    this.name = 'NoAnswer';
  }
}

const DEFAULT_TIMEOUT_MS = 5_000;
const encoder = new TextEncoder();

interface Answer {
  response?: unknown;
  err?: unknown;
}

/**
 * Asks services that listen with Nest's NATS transport. It speaks Nest's packets over the broker connection the
 * process has anyway; each answer arrives where only the service that was asked may publish.
 */
@Injectable()
export class Requests {
  constructor(
    private readonly broker: BrokerConnection,
    private readonly tracer: Tracer,
  ) {}

  /**
   * @throws RequestRefused with the refusal of the service
   * @throws ServiceUnreachable when nobody listens or the broker is away: nothing was done
   * @throws NoAnswer when the deadline passed: the outcome is unknown
   */
  async ask<R>(
    subject: string,
    body: object,
    { timeoutMs = DEFAULT_TIMEOUT_MS }: { timeoutMs?: number } = {},
  ): Promise<R> {
    const connection = this.broker.current?.connection;
    if (!connection) throw new ServiceUnreachable(subject);
    const { response, err } = await this.traced(subject, (traceparent) =>
      this.send(connection, subject, { body, timeoutMs, traceparent }),
    );
    if (err === undefined || err === null) return response as R;
    throw new RequestRefused(isRefusal(err) ? err : { status: 500, detail: 'The service failed.' });
  }

  private async traced(subject: string, send: (traceparent?: string) => Promise<Answer>): Promise<Answer> {
    const parent = currentTrace()?.traceparent;
    if (parent === undefined) return send();
    const traceparent = continueTrace(parent);
    if (!this.tracer.records(traceparent)) return send(traceparent);
    const startedAt = this.tracer.now();
    let error: string | undefined;
    try {
      const answer = await send(traceparent);
      if (isRefusal(answer.err)) error = answer.err.status >= 500 ? String(answer.err.status) : undefined;
      return answer;
    } catch (failure) {
      error = (failure as Error).name;
      throw failure;
    } finally {
      const attributes = { 'messaging.system': 'nats', 'messaging.destination.name': subject };
      this.tracer.record({ name: subject, kind: 'client', traceparent, parent, startedAt, attributes, error });
    }
  }

  private async send(
    connection: NatsConnection,
    subject: string,
    { body, timeoutMs, traceparent }: { body: object; timeoutMs: number; traceparent: string | undefined },
  ): Promise<Answer> {
    // Nest answers what carries an id; the reply subject already tells the answers apart.
    const packet = encoder.encode(JSON.stringify({ pattern: subject, data: body, id: '1' }));
    let reply: Msg;
    try {
      reply = await connection.request(subject, packet, {
        timeout: timeoutMs,
        headers: traceHeaders(traceparent),
        noMux: true,
        reply: this.broker.replySubject(subject),
      });
    } catch (error) {
      if (isNotPermitted(error) || (error instanceof RequestError && error.isNoResponders()))
        throw new ServiceUnreachable(subject, { cause: error });
      throw new NoAnswer(subject, timeoutMs);
    }
    return reply.json<Answer>();
  }
}

function traceHeaders(traceparent: string | undefined) {
  if (traceparent === undefined) return undefined;
  const result = headers();
  result.set('traceparent', traceparent);
  return result;
}

const isRefusal = (value: unknown): value is Refusal =>
  typeof value === 'object' && value !== null && typeof (value as Refusal).status === 'number';
