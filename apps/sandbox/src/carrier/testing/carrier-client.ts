import { Client } from 'undici';
import type { RunningSandbox } from '../../testing/running-sandbox.js';

export interface CarrierAnswer {
  status: number;
  headers: Headers;
  body: any; // eslint-disable-line @typescript-eslint/no-explicit-any
}

/** What a shop asks of its carrier for one order. */
export const consignment = (reference: string) => ({
  reference,
  recipient: { name: 'Ada Lovelace' },
  address: { line1: '1 Main St', line2: 'Apt 4', city: 'Springfield', postal_code: '12345', country: 'US' },
  items: [
    { sku: 'KEYB-01', quantity: 1 },
    { sku: 'MOUSE-01', quantity: 2 },
  ],
});

/** Calls the carrier as a shop does. */
export class CarrierClient {
  constructor(private readonly sandbox: RunningSandbox) {}

  /** @param body JSON, or text that is sent as it is */
  async call(method: string, path: string, body?: unknown, more: RequestInit = {}): Promise<CarrierAnswer> {
    const response = await fetch(`${this.sandbox.url}/carrier/v1${path}`, {
      ...more,
      method,
      headers: {
        authorization: 'Bearer ck_specs',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...more.headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  }

  book(reference: string, key = `key-${reference}`, more: object = {}): Promise<CarrierAnswer> {
    return this.call(
      'POST',
      '/shipments',
      { ...consignment(reference), ...more },
      { headers: { 'idempotency-key': key } },
    );
  }

  /** Books on a connection of its own, which it gives up after `ms`; tells whether there was no answer by then. */
  async bookInVain(reference: string, ms = 400): Promise<boolean> {
    const client = new Client(this.sandbox.url);
    const signal = AbortSignal.timeout(ms);
    try {
      await client.request({
        method: 'POST',
        path: '/carrier/v1/shipments',
        headers: {
          authorization: 'Bearer ck_specs',
          'content-type': 'application/json',
          'idempotency-key': `key-${reference}`,
        },
        body: JSON.stringify(consignment(reference)),
        signal,
      });
      return false;
    } catch (error) {
      if (error === signal.reason) return true;
      throw error;
    } finally {
      await client.destroy();
    }
  }

  /** The id of a new shipment. */
  async booked(reference: string): Promise<string> {
    const { status, body } = await this.book(reference);
    if (status !== 201) throw new Error(`The booking was answered ${status}: ${JSON.stringify(body)}`);
    return body.id as string;
  }

  show(id: string): Promise<CarrierAnswer> {
    return this.call('GET', `/shipments/${id}`);
  }

  cancel(id: string): Promise<CarrierAnswer> {
    return this.call('POST', `/shipments/${id}/cancel`);
  }

  return(id: string): Promise<CarrierAnswer> {
    return this.call('POST', `/shipments/${id}/return`);
  }

  pickUp(id: string): ReturnType<RunningSandbox['call']> {
    return this.sandbox.call('POST', `/carrier/shipments/${id}/pick-up`);
  }

  deliver(id: string): ReturnType<RunningSandbox['call']> {
    return this.sandbox.call('POST', `/carrier/shipments/${id}/deliver`);
  }
}
