import { Logger, Metrics } from '@hookshop/observability';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type Dispatcher, Pool } from 'undici';
import type { Shipment } from '../shipment.js';
import { ShippingConfig } from '../shipping.config.js';
import { type CarrierShipment, NotAShipment } from './carrier-shipment.js';
import type { CarrierOutcome } from './outcomes.js';
import { type Failure, readAnswer, readList, readRefusal, readTrouble } from './read-answer.js';

type Answer<T> = { is: 'given'; value: T } | Failure;

interface Request {
  operation: 'book' | 'look' | 'look-up' | 'cancel' | 'return';
  method: 'GET' | 'POST';
  path: string;
  key?: string;
  body?: object;
}

const SHIPMENTS = '/carrier/v1/shipments';
/** A list of a hundred parcels takes a quarter of it. */
const MAX_ANSWER_BYTES = 256 * 1024;

/** What the shop asks of its carrier, and what the answers mean. Never called with a transaction open. */
@Injectable()
export class Carrier implements OnApplicationShutdown {
  private readonly pool: Pool;
  private readonly timeoutMs: number;
  private readonly authorization: string;
  private readonly latency;

  constructor(
    config: ShippingConfig,
    private readonly log: Logger,
    metrics: Metrics,
  ) {
    this.timeoutMs = config.carrierTimeoutMs;
    this.authorization = `Bearer ${config.carrierApiKey}`;
    this.pool = new Pool(new URL(config.carrierApiBase).origin, {
      connections: config.carrierConcurrency,
      connect: { timeout: this.timeoutMs },
    });
    this.latency = metrics.histogram({
      name: 'carrier_request_seconds',
      help: 'Time the carrier took to answer, by operation and answer',
      labelNames: ['operation', 'answer'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.destroy();
  }

  /** Has the parcel fetched, once however often it is asked. */
  async book({ id: key, orderId, parcel }: Shipment, signal: AbortSignal): Promise<CarrierOutcome> {
    const { recipient, address, items } = parcel!;
    const { line1, line2, city, postalCode, country } = address;
    // Always in this order: the carrier compares it with what came under the same key before.
    const body = {
      reference: orderId,
      recipient: { name: recipient },
      address: { line1, line2, city, postal_code: postalCode, country },
      items: items.map(({ sku, quantity }) => ({ sku, quantity })),
    };
    const request: Request = { operation: 'book', method: 'POST', path: SHIPMENTS, key, body };
    return known(await this.ask(request, signal, (value) => readAnswer(value, { reference: orderId })));
  }

  /** Tells where a parcel is. */
  async look(id: string, signal: AbortSignal): Promise<CarrierOutcome> {
    const request: Request = { operation: 'look', method: 'GET', path: pathOf(id) };
    return known(await this.ask(request, signal, (value) => readAnswer(value, { id })));
  }

  /** Calls a parcel off; tells where it is when that comes too late. */
  cancel(id: string, signal: AbortSignal): Promise<CarrierOutcome> {
    return this.askAbout('cancel', id, signal);
  }

  /** Has a parcel that left brought back; tells where it is when that cannot be. */
  bringBack(id: string, signal: AbortSignal): Promise<CarrierOutcome> {
    return this.askAbout('return', id, signal);
  }

  /** Finds the parcel of an order whose id at the carrier is not known. What is not found may still arrive there. */
  async lookUp(orderId: string, signal: AbortSignal): Promise<CarrierOutcome> {
    const path = `${SHIPMENTS}?reference=${encodeURIComponent(orderId)}`;
    const request: Request = { operation: 'look-up', method: 'GET', path };
    const answer = await this.ask(request, signal, (value) => readList(value, orderId));
    if (answer.is !== 'given') return answer;
    const standing = answer.value.filter(({ status }) => status !== 'cancelled');
    if (standing.length > 1) {
      this.log.error({ orderId, parcels: standing.map(({ id }) => id) }, 'The carrier has an order more than once');
    }
    const parcel = standing[0] ?? answer.value[0];
    return parcel ? { is: 'known', parcel } : { is: 'absent', certain: false };
  }

  private async askAbout(operation: 'cancel' | 'return', id: string, signal: AbortSignal): Promise<CarrierOutcome> {
    const request: Request = { operation, method: 'POST', path: `${pathOf(id)}/${operation}` };
    const answer = await this.ask(request, signal, (value) => readAnswer(value, { id }));
    // The parcel is not where it was thought to be.
    return answer.is === 'refused' && answer.status === 409 ? this.look(id, signal) : known(answer);
  }

  private async ask<T>(request: Request, signal: AbortSignal, read: (value: unknown) => T): Promise<Answer<T>> {
    const { operation } = request;
    const end = this.latency.startTimer({ operation });
    const answer = await this.answerTo(request, signal, read);
    end({ answer: answer.is });
    if (answer.is === 'unresolved' && answer.operator) {
      this.log.error({ operation, reason: answer.error }, 'The carrier does not accept our key: check CARRIER_API_KEY');
    }
    return answer;
  }

  private async answerTo<T>(request: Request, signal: AbortSignal, read: (value: unknown) => T): Promise<Answer<T>> {
    const { method, path, key, body } = request;
    try {
      const answer = await this.pool.request({
        method,
        path,
        headers: {
          authorization: this.authorization,
          accept: 'application/json',
          ...(body && { 'content-type': 'application/json' }),
          ...(key !== undefined && { 'idempotency-key': key }),
        },
        body: body && JSON.stringify(body),
        signal: AbortSignal.any([signal, AbortSignal.timeout(this.timeoutMs)]),
      });
      const text = await readText(answer.body);
      const { statusCode } = answer;
      if (statusCode < 200 || statusCode > 299) return readRefusal(statusCode, jsonOrNothing(text));
      return { is: 'given', value: read(JSON.parse(text)) };
    } catch (error) {
      const trouble = readTrouble(error);
      if (trouble === undefined) throw error;
      return trouble;
    }
  }
}

const pathOf = (id: string): string => `${SHIPMENTS}/${encodeURIComponent(id)}`;

const known = (answer: Answer<CarrierShipment>): CarrierOutcome =>
  answer.is === 'given' ? { is: 'known', parcel: answer.value } : answer;

async function readText(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Leaving the loop drops the connection.
    if (bytes > MAX_ANSWER_BYTES) throw new NotAShipment(`it has more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Proxies on the way answer with pages of their own. */
function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
