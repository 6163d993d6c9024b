import type { Fact } from '@hookshop/messaging';
import { inProcess, ServiceUnderTest } from '@hookshop/messaging/testing';
import type { Type } from '@nestjs/common';
import { CrmConfig } from '../crm.config.js';
import { CrmModule } from '../crm.module.js';
import { AddToLifetimeValueWhenPaymentCaptured } from '../reactions/add-to-lifetime-value-when-payment-captured.js';
import { CountOrderWhenConfirmed } from '../reactions/count-order-when-confirmed.js';
import { NoteWhenOrderDelivered } from '../reactions/note-when-order-delivered.js';
import { NoteWhenOrderShipped } from '../reactions/note-when-order-shipped.js';
import { RegisterCustomerWhenOrderPlaced } from '../reactions/register-customer-when-order-placed.js';
import { SubtractFromLifetimeValueWhenPaymentRefunded } from '../reactions/subtract-from-lifetime-value-when-payment-refunded.js';
import { UncountOrderWhenCancelled } from '../reactions/uncount-order-when-cancelled.js';

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
export const startCrm = async (databaseUrl: string, natsUrl: string): Promise<TestCrm> =>
  new TestCrm(await inProcess(CrmModule.register(testConfig(databaseUrl, natsUrl)))).keepStated();

export class TestCrm extends ServiceUnderTest {
  /** Gives facts of one type to their reaction as one batch, in one transaction. Returns the number of statements. */
  hear(...facts: Fact<object>[]): Promise<number> {
    return this.react(reactions[facts[0]!.type]!, ...facts);
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
