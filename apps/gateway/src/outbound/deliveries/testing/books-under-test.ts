import { eventually } from '@hookshop/testing';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { keys } from '../../../testing/test-gateway.js';
import { OutboundUnderTest } from '../../testing/outbound-under-test.js';

export interface Answer<T> {
  status: number;
  body: T;
}

interface Message {
  id?: string;
  type?: string;
  subject?: string;
  sequence?: number;
  orderId?: string | null;
  partnerId?: string | null;
  aboutEndpointId?: string | null;
  superseded?: boolean;
  /** As JSON writes it. */
  data?: string;
  /** How long ago it came, as PostgreSQL reads intervals. */
  age?: string;
}

interface Owed {
  status?: 'pending' | 'in-flight' | 'delivered' | 'exhausted' | 'held' | 'cancelled';
  attempts?: number;
  age?: string;
}

interface Queued {
  due_now: boolean;
  tries: number;
  paced: boolean;
  ordering_key: string | null;
  sequence: number;
}

/** A partner's books, filled as the fan-out and the dispatchers would have, at times of the spec's choosing. */
export class BooksUnderTest {
  private otherKey?: string;

  private constructor(readonly shop: OutboundUnderTest) {}

  static async open(settings?: Parameters<typeof OutboundUnderTest.start>[0]): Promise<BooksUnderTest> {
    return new BooksUnderTest(await OutboundUnderTest.start(settings));
  }

  close(): Promise<void> {
    return this.shop.stop();
  }

  /** An endpoint that is sent nothing for now: what is pending stays so. */
  async endpoint(settings: Parameters<OutboundUnderTest['endpoint']>[1] = {}): Promise<string> {
    const { id } = await this.shop.endpoint('http://127.0.0.1:9/hook', settings);
    await this.shop.ageLane(id, `paused_until = now() + interval '1 hour'`);
    return id;
  }

  /** The lane is in the hands of a living instance, which is not of this spec. */
  async lease(endpointId: string, until = `now() + interval '1 hour'`): Promise<void> {
    await this.shop.database.query(
      `UPDATE webhook_lanes SET holder = $2, leased_until = ${until}, epoch = 7 WHERE endpoint_id = $1`,
      [endpointId, uuidv7()],
    );
  }

  async message({ id = uuidv7(), type = 'order.placed.v1', data = '{}', ...rest }: Message = {}): Promise<string> {
    const { subject = uuidv7(), sequence = 1, orderId = null, partnerId = null, aboutEndpointId = null } = rest;
    await this.shop.database.query(
      `INSERT INTO webhook_messages (id, type, source, subject, sequence, order_id, time, partner_id, about_endpoint_id,
         superseded, body, received_at)
       VALUES ($1, $2, '/order', $3, $4, $5, '2026-01-01T00:00:00.000Z', $6, $7, $8, $9, now() - $10::interval)`,
      [
        id,
        type,
        subject,
        sequence,
        orderId,
        partnerId,
        aboutEndpointId,
        rest.superseded ?? false,
        `{"type":"${type}","timestamp":"2026-01-01T00:00:00.000Z","data":${data}}`,
        rest.age ?? '0',
      ],
    );
    return id;
  }

  /** Owes a message, a new one by default, to an endpoint; answers the delivery's id. */
  async owed(
    endpointId: string,
    { status = 'delivered', attempts = 1, age = '0' }: Owed,
    message = {},
  ): Promise<string> {
    const messageId = await this.message({ age, ...message });
    return this.owe(endpointId, messageId, { status, attempts, age });
  }

  async owe(
    endpointId: string,
    messageId: string,
    { status = 'delivered', attempts = 1, age = '0' }: Owed,
  ): Promise<string> {
    const stored = status === 'in-flight' ? 'pending' : status;
    const [row] = await this.shop.database.query<{ id: string }>(
      `WITH delivery AS (
         INSERT INTO webhook_deliveries (id, endpoint_id, partner_id, message_id, status, attempts, created_at,
           delivered_at, unresolved_at)
         SELECT uuidv7(-$6::interval), id, partner_id, $2, $3, $4, now() - $6::interval,
                CASE WHEN $3 = 'delivered' THEN now() END,
                CASE WHEN $3 IN ('exhausted', 'held', 'cancelled') THEN now() END
         FROM webhook_endpoints WHERE id = $1
         RETURNING id
       ), queued AS (
         INSERT INTO webhook_queue (delivery_id, endpoint_id, message_id, due_at, tries, sequence, claimed_epoch)
         SELECT id, $1, $2, now() + interval '5 minutes', $4, 1, CASE WHEN $5 THEN 7 END
         FROM delivery WHERE $3 = 'pending'
       )
       SELECT id FROM delivery`,
      [endpointId, messageId, stored, attempts, status === 'in-flight', age],
    );
    return row!.id;
  }

  async statusesOf(endpointId: string): Promise<Record<string, string>> {
    const rows = await this.shop.deliveries(endpointId);
    return Object.fromEntries(rows.map(({ id, status }) => [id, status]));
  }

  async queued(deliveryId: string): Promise<Queued | undefined> {
    const [row] = await this.shop.database.query<Queued>(
      `SELECT due_at <= now() AS due_now, tries, paced, ordering_key, sequence::int FROM webhook_queue
       WHERE delivery_id = $1`,
      [deliveryId],
    );
    return row;
  }

  /** Does something while a transaction that has run one statement is open; it commits afterwards. */
  async whileOpen<T>(statement: string, values: unknown[], work: () => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: this.shop.database.url });
    await client.connect();
    try {
      await client.query('BEGIN');
      await client.query(statement, values);
      const result = await work();
      await client.query('COMMIT');
      return result;
    } finally {
      await client.end();
    }
  }

  /** Until somebody waits for a transaction, in a statement that names the table. */
  async waitsForLock(table: string): Promise<void> {
    await eventually(
      () =>
        this.shop.database.query(
          `SELECT FROM pg_stat_activity
           WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%' || $1 || '%'`,
          [table],
        ),
      (rows) => rows.length > 0,
    );
  }

  /** As the partner `demo`, whose the endpoints are by default. */
  ask<T>(path: string, call: { method?: string; body?: unknown } = {}): Promise<Answer<T>> {
    return this.askWith<T>(keys.partner, path, call);
  }

  /** As another partner. */
  async askAsOther<T>(path: string, call: { method?: string; body?: unknown } = {}): Promise<Answer<T>> {
    this.otherKey ??= await this.joinOther();
    return this.askWith<T>(this.otherKey, path, call);
  }

  asAdmin<T>(path: string, call: { method?: string; body?: unknown } = {}): Promise<Answer<T>> {
    return this.askWith<T>(keys.admin, path, call);
  }

  private async askWith<T>(key: string, path: string, call: { method?: string; body?: unknown }): Promise<Answer<T>> {
    const headers = { authorization: `Bearer ${key}` };
    const response = await this.shop.gateway.fetch(`/v1${path}`, { as: null, headers, ...call });
    return { status: response.status, body: (response.status === 204 ? undefined : await response.json()) as T };
  }

  private async joinOther(): Promise<string> {
    const body = { role: 'partner', partnerId: 'other', name: 'other' };
    return (await this.asAdmin<{ key: string }>('/api-keys', { body })).body.key;
  }
}
