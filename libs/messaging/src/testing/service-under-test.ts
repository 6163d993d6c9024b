import 'reflect-metadata';
import { Database } from '@hookshop/persistence';
import type { DynamicModule, INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Fact } from '../fact.js';
import { BrokerConnection } from '../jetstream/broker-connection.js';
import { natsHeaders, seal } from '../jetstream/envelope.js';
import type { Transaction } from '../transaction.js';
import { Transactions } from '../transactions.js';

/** A fact as it went into the outbox. */
export interface StatedFact {
  type: string;
  subject: string;
  sequence: number;
  correlationId?: string;
  causationId?: string;
  data: Record<string, unknown>;
}

/** The whole service in this process, without its HTTP side. */
export const inProcess = (module: DynamicModule): Promise<INestApplicationContext> =>
  NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });

/** A running service, seen by a spec: it hears facts, and what it states is kept. */
export class ServiceUnderTest {
  readonly database: Database;

  constructor(readonly app: INestApplicationContext) {
    this.database = app.get(Database);
  }

  stop(): Promise<void> {
    return this.app.close();
  }

  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.app.get(Transactions).run(work);
  }

  /**
   * Gives facts to a reaction as one batch, in one transaction, as messaging does after its inbox.
   *
   * @returns the number of statements it took
   */
  react<R extends object>(reaction: Type<R>, ...facts: Fact<object>[]): Promise<number> {
    const verb = Object.getOwnPropertyNames(reaction.prototype).find((name) => name !== 'constructor')!;
    const instance = this.app.get(reaction);
    const handle = instance[verb as keyof R] as (facts: Fact<object>[], tx: Transaction) => Promise<void>;
    return this.transaction(async (tx) => {
      let statements = 0;
      const query = tx.query.bind(tx);
      tx.query = (...call) => {
        statements += 1;
        return query(...call);
      };
      await handle.call(instance, facts, tx);
      return statements;
    });
  }

  /** As another service would: straight to the stream. */
  async publish(fact: Fact<object>, messageId = fact.id): Promise<void> {
    const { jetstream } = await this.app.get(BrokerConnection).opened;
    const { subject, headers, payload } = seal(fact);
    await jetstream.publish(subject, payload, { msgID: messageId, headers: natsHeaders(headers) });
  }

  /** From now on: what is published leaves the outbox, and the copies stay. */
  async keepStated(): Promise<this> {
    await this.database.query(`
      DO $$ BEGIN
        PERFORM pg_advisory_xact_lock(1);
        IF to_regclass('stated') IS NULL THEN
          CREATE TABLE stated (LIKE outbox);
          CREATE FUNCTION keep_stated() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN INSERT INTO stated VALUES (NEW.*); RETURN NULL; END';
          CREATE TRIGGER keep_stated AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION keep_stated();
        END IF;
      END $$`);
    return this;
  }

  /** Every fact it stated since it keeps them, oldest first. */
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
}
