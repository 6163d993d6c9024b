import type { EmailFailed, EmailSent } from '@hookshop/contracts';
import { type Fact, Transactions } from '@hookshop/messaging';
import { BrokerConnection, isUnreadable, open, STREAM } from '@hookshop/messaging';
import { Health, type HealthReport } from '@hookshop/observability';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EmailConfig } from '../email.config.js';
import { EmailModule } from '../email.module.js';
import { SendCancellationWhenOrderCancelled } from '../reactions/send-cancellation-when-order-cancelled.js';
import { SendConfirmationWhenOrderConfirmed } from '../reactions/send-confirmation-when-order-confirmed.js';
import { SendShippingNoticeWhenOrderShipped } from '../reactions/send-shipping-notice-when-order-shipped.js';

type Given = Pick<EmailConfig, 'databaseUrl' | 'natsUrl' | 'smtpUrl'> & Partial<EmailConfig>;

const reactions = {
  'order.confirmed.v1': SendConfirmationWhenOrderConfirmed,
  'order.cancelled.v1': SendCancellationWhenOrderCancelled,
  'order.shipped.v1': SendShippingNoticeWhenOrderShipped,
} as const;

/** The whole service in this process, without its HTTP side. */
export class RunningEmail {
  private constructor(readonly app: INestApplicationContext) {}

  static async start(given: Given): Promise<RunningEmail> {
    const config = Object.assign(new EmailConfig(), { port: 0, logLevel: 'silent', nodeEnv: 'test' }, given);
    return new RunningEmail(
      await NestFactory.createApplicationContext(EmailModule.register(config), { logger: false, abortOnError: false }),
    );
  }

  /** Gives facts of one type to their reaction as one batch, as messaging does after its inbox. */
  async handle(...facts: Fact<object>[]): Promise<void> {
    const reaction = this.app.get(reactions[facts[0]!.type as keyof typeof reactions]);
    await this.app.get(Transactions).run((tx) => reaction.send(facts as never, tx));
  }

  /** What this service has stated on the stream, oldest first. */
  async stated(): Promise<Fact<EmailSent & Partial<EmailFailed>>[]> {
    const { manager } = await this.app.get(BrokerConnection).opened;
    const { state } = await manager.streams.info(STREAM);
    const facts: Fact<unknown>[] = [];
    for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
      const message = await manager.streams.getMessage(STREAM, { seq });
      if (!message?.subject.startsWith('shop.email.')) continue;
      const headers: Record<string, string> = {};
      for (const [name, values] of message.header) headers[name.toLowerCase()] = values[0] ?? '';
      const arrival = { stream: STREAM, sequence: seq, time: message.timestamp };
      const read = open(message.subject, headers, message.string(), arrival);
      if (isUnreadable(read)) throw new Error(read.faults.join('; '));
      facts.push(read);
    }
    return facts as Fact<EmailSent>[];
  }

  health(): Promise<HealthReport> {
    return this.app.get(Health).report();
  }

  stop(): Promise<void> {
    return this.app.close();
  }
}
