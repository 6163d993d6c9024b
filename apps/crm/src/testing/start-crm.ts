import 'reflect-metadata';
import { BrokerConnection, natsHeaders, seal, Transactions, type Fact, type Transaction } from '@hookshop/messaging';
import { Database } from '@hookshop/persistence';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CrmConfig } from '../crm.config.js';
import { CrmModule } from '../crm.module.js';
import { AddToLifetimeValueWhenPaymentCaptured } from '../reactions/add-to-lifetime-value-when-payment-captured.js';
import { CountOrderWhenConfirmed } from '../reactions/count-order-when-confirmed.js';
import { NoteWhenOrderDelivered } from '../reactions/note-when-order-delivered.js';
import { NoteWhenOrderShipped } from '../reactions/note-when-order-shipped.js';
import { RegisterCustomerWhenOrderPlaced } from '../reactions/register-customer-when-order-placed.js';
import { SubtractFromLifetimeValueWhenPaymentRefunded } from '../reactions/subtract-from-lifetime-value-when-payment-refunded.js';
import { UncountOrderWhenCancelled } from '../reactions/uncount-order-when-cancelled.js';

/** A fact as it went into the outbox. */
export interface StatedFact {
  type: string;
  subject: string;
  sequence: number;
  correlationId?: string;
  causationId?: string;
  data: Record<string, unknown>;
}

export interface CustomerState {
  email: string;
  name: string;
  segment: string;
  placed: number;
  confirmed: number;
  captured: number;
  refunded: number;
  first: string;
  last: string;
}

const reactions: Record<string, Type> = {
  'order.placed.v1': RegisterCustomerWhenOrderPlaced,
  'order.confirmed.v1': CountOrderWhenConfirmed,
  'order.cancelled.v1': UncountOrderWhenCancelled,
  'order.shipped.v1': NoteWhenOrderShipped,
  'order.delivered.v1': NoteWhenOrderDelivered,
  'payment.captured.v1': AddToLifetimeValueWhenPaymentCaptured,
  'payment.refunded.v1': SubtractFromLifetimeValueWhenPaymentRefunded,
};

export const testConfig = (databaseUrl: string, natsUrl: string): CrmConfig =>
  Object.assign(new CrmConfig(), { port: 0, databaseUrl, natsUrl, logLevel: 'silent' });

/** The whole service in this process. */
export async function startCrm(databaseUrl: string, natsUrl: string): Promise<TestCrm> {
  const app = await NestFactory.createApplicationContext(CrmModule.register(testConfig(databaseUrl, natsUrl)), {
    logger: false,
    abortOnError: false,
  });
  await keepStatedFacts(app.get(Database));
  return new TestCrm(app);
}

/** What is published leaves the outbox; the copies stay. */
export const keepStatedFacts = (database: Database): Promise<unknown> =>
  database.query(`
    DO $$ BEGIN
      PERFORM pg_advisory_xact_lock(1);
      IF to_regclass('stated') IS NULL THEN
        CREATE TABLE stated (LIKE outbox);
        CREATE FUNCTION keep_stated() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN INSERT INTO stated VALUES (NEW.*); RETURN NULL; END';
        CREATE TRIGGER keep_stated AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION keep_stated();
      END IF;
    END $$`);

export class TestCrm {
  readonly database: Database;

  constructor(readonly app: INestApplicationContext) {
    this.database = app.get(Database);
  }

  stop(): Promise<void> {
    return this.app.close();
  }

  /** Gives facts of one type to their reaction as one batch, in one transaction. Returns the number of statements. */
  async hear(...facts: Fact<object>[]): Promise<number> {
    const reaction = reactions[facts[0]!.type]!;
    const verb = Object.getOwnPropertyNames(reaction.prototype).find((name) => name !== 'constructor')!;
    const handle = this.app.get(reaction)[verb] as (facts: Fact<object>[], tx: Transaction) => Promise<void>;
    return this.app.get(Transactions).run(async (tx) => {
      let statements = 0;
      const query = tx.query.bind(tx);
      tx.query = (...call) => {
        statements += 1;
        return query(...call);
      };
      await handle.call(this.app.get(reaction), facts, tx);
      return statements;
    });
  }

  /** As another service would: straight to the stream. */
  async publish(fact: Fact<object>, messageId = fact.id): Promise<void> {
    const { jetstream } = await this.app.get(BrokerConnection).opened;
    const { subject, headers, payload } = seal(fact);
    await jetstream.publish(subject, payload, { msgID: messageId, headers: natsHeaders(headers) });
  }

  /** Every fact it stated since it was started, oldest first. */
  async stated(): Promise<StatedFact[]> {
    const rows = await this.database.query<{ headers: Record<string, string>; payload: string }>(
      'SELECT headers, payload FROM stated ORDER BY id',
    );
    return rows.map(({ headers, payload }) => ({
      type: headers['ce-type']!,
      subject: headers['ce-subject']!,
      sequence: Number(headers['ce-sequence']),
      correlationId: headers['ce-correlationid'],
      causationId: headers['ce-causationid'],
      data: JSON.parse(payload) as Record<string, unknown>,
    }));
  }

  /** All customers, by e-mail address. */
  customers(): Promise<CustomerState[]> {
    return this.database.query<CustomerState>(
      `SELECT email, name, segment, orders_placed AS placed, orders_confirmed AS confirmed,
              captured_in_cents AS captured, refunded_in_cents AS refunded,
              to_json(first_seen_at) #>> '{}' AS first, to_json(last_seen_at) #>> '{}' AS last
       FROM customers ORDER BY email_key`,
    );
  }

  /** What is known of orders and noted of customers, without the ids this service made itself. */
  async books(): Promise<{ orders: object[]; notes: object[] }> {
    return {
      orders: await this.database.query('SELECT * FROM customer_orders ORDER BY order_id'),
      notes: await this.database.query(
        `SELECT i.event_id, i.order_id, i.type, i.time, i.detail, c.email_key
         FROM interactions i LEFT JOIN customers c ON c.id = i.customer_id ORDER BY i.event_id`,
      ),
    };
  }

  async forgetEverything(): Promise<void> {
    await this.database.query(
      `WITH a AS (DELETE FROM customers), b AS (DELETE FROM customer_orders), c AS (DELETE FROM interactions)
       DELETE FROM stated`,
    );
  }
}
