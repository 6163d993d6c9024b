import { operationsSubject, type OperationsVerb } from '@hookshop/contracts';
import { Problem } from '@hookshop/http';
import { BrokerConnection, RequestRefused, Requests, STREAM } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';

/** Operators wait; but one service in trouble must not make them wait for all. */
const DEADLINE_MS = 3_000;

/** What a service said, when it was asked about its own reactions and dead letters. */
export type Answer<T> =
  | { service: string; kind: 'answered'; value: T }
  /** It said no: it does not have what it was asked for. */
  | { service: string; kind: 'refused' }
  | { service: string; kind: 'silent'; error: unknown };

/** The services that have a place in the stream. A new one is asked, too, from its first start on. */
@Injectable()
export class Services {
  constructor(
    private readonly broker: BrokerConnection,
    private readonly requests: Requests,
  ) {}

  /** @throws Problem 503 when the broker, who knows them, is away */
  async names(): Promise<string[]> {
    const broker = this.broker.current;
    if (broker === undefined) throw away();
    const names = new Set(['gateway']);
    try {
      for await (const { config } of broker.manager.consumers.list(STREAM)) {
        const service = config.durable_name?.split('-', 1)[0];
        if (service) names.add(service);
      }
    } catch {
      throw away();
    }
    return [...names].sort();
  }

  async askAll<T>(verb: OperationsVerb, body: object): Promise<Answer<T>[]> {
    return Promise.all((await this.names()).map((service) => this.answerOf<T>(service, verb, body)));
  }

  /** @throws RequestRefused, ServiceUnreachable or NoAnswer */
  ask<T>(service: string, verb: OperationsVerb, body: object): Promise<T> {
    return this.requests.ask<T>(operationsSubject(service, verb), body, { timeoutMs: DEADLINE_MS });
  }

  private async answerOf<T>(service: string, verb: OperationsVerb, body: object): Promise<Answer<T>> {
    try {
      return { service, kind: 'answered', value: await this.ask<T>(service, verb, body) };
    } catch (error) {
      if (error instanceof RequestRefused && error.refusal.status === 404) return { service, kind: 'refused' };
      return { service, kind: 'silent', error };
    }
  }
}

const away = (): Problem =>
  new Problem(503, 'The broker, through which services are asked, is away. Try again shortly.', {
    headers: { 'Retry-After': '5' },
  });
