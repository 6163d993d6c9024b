import 'reflect-metadata';
import { ServiceConfig } from '@hookshop/config';
import { BrokerConnection, natsHeaders, seal, Transactions, type Fact, type Transaction } from '@hookshop/messaging';
import { Database } from '@hookshop/persistence';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { InventoryModule } from '../inventory.module.js';

/** A fact as it went into the outbox. */
export interface StatedFact {
  type: string;
  subject: string;
  sequence: number;
  correlationId?: string;
  causationId?: string;
  data: Record<string, unknown>;
}

export interface Stock {
  available: number;
  reserved: number;
  committed: number;
  received: number;
  version: number;
}

/** The whole service in this process. */
export async function startInventory(databaseUrl: string, natsUrl: string): Promise<TestInventory> {
  const config = Object.assign(new ServiceConfig(), { port: 0, databaseUrl, natsUrl, logLevel: 'silent' });
  const app = await NestFactory.createApplicationContext(InventoryModule.register(config), {
    logger: false,
    abortOnError: false,
  });
  await keepStatedFacts(app.get(Database));
  return new TestInventory(app);
}

/** What is published leaves the outbox; the copies stay. The listing of the seed came before. */
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

export class TestInventory {
  private readonly database: Database;

  constructor(readonly app: INestApplicationContext) {
    this.database = app.get(Database);
  }

  stop(): Promise<void> {
    return this.app.close();
  }

  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.app.get(Transactions).run(work);
  }

  /** Gives facts to a reaction as one batch, in one transaction. */
  async react<R extends object>(reaction: Type<R>, ...facts: Fact<object>[]): Promise<void> {
    const [verb] = Object.getOwnPropertyNames(reaction.prototype).filter((name) => name !== 'constructor');
    const handle = this.app.get(reaction)[verb as keyof R] as (facts: Fact<object>[], tx: Transaction) => Promise<void>;
    await this.transaction((tx) => handle.call(this.app.get(reaction), facts, tx));
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

  async list(sku: string, pieces: number, lowThreshold = 0): Promise<void> {
    await this.database.query(
      `INSERT INTO products (sku, name, price_in_cents, currency, received, available, low_threshold, listed_at)
       VALUES ($1, 'A product', 100, 'USD', $2, $2, $3, now())`,
      [sku, pieces, lowThreshold],
    );
  }

  async stock(sku: string): Promise<Stock> {
    const [found] = await this.database.query<Stock>(
      'SELECT available, reserved, committed, received, version FROM products WHERE sku = $1',
      [sku],
    );
    return found!;
  }

  async statusOf({ data }: Fact<{ orderId: string }>): Promise<string | undefined> {
    const [found] = await this.database.query<{ status: string }>(
      'SELECT status FROM reservations WHERE order_id = $1',
      [data.orderId],
    );
    return found?.status;
  }
}
