import { messagingMigrations, MessagingModule, messagingSettings } from '@hookshop/messaging';
import { ObservabilityModule } from '@hookshop/observability';
import { PersistenceModule } from '@hookshop/persistence';
import { type DynamicModule, Module } from '@nestjs/common';
import { Stripe } from 'stripe';
import { ChargePayments } from './charge-payments/charge-payments.js';
import { CreatePayments1700000000001 } from './migrations/0001-create-payments.js';
import { IndexProviderReferences1700000000002 } from './migrations/0002-index-provider-references.js';
import { PaymentConfig } from './payment.config.js';
import { Payment } from './payment.js';
import { openStripe } from './provider/open-stripe.js';
import { PaymentProvider } from './provider/payment-provider.js';
import { ChargeWhenPaymentRequested } from './reactions/charge-when-payment-requested.js';
import { ReturnPaymentWhenOrderCancelled } from './reactions/return-payment-when-order-cancelled.js';
import { SettlePaymentWhenWebhookReceived } from './reactions/settle-payment-when-webhook-received.js';
import { RefundPayments } from './refund-payments/refund-payments.js';
import { Settlements } from './settlement/settlements.js';

/** Takes the money of orders, once, and returns it when they are cancelled. */
@Module({})
export class PaymentModule {
  static register(config: PaymentConfig): DynamicModule {
    return {
      module: PaymentModule,
      imports: [
        ObservabilityModule.forRoot('payment', config),
        PersistenceModule.forRoot({
          url: config.databaseUrl,
          entities: [Payment],
          migrations: [...messagingMigrations, CreatePayments1700000000001, IndexProviderReferences1700000000002],
          applicationName: 'payment',
        }),
        MessagingModule.forRoot({ service: 'payment', ...messagingSettings(config) }),
      ],
      providers: [
        { provide: PaymentConfig, useValue: config },
        { provide: Stripe, useFactory: () => openStripe(config) },
        PaymentProvider,
        Settlements,

        ChargePayments,
        RefundPayments,

        ChargeWhenPaymentRequested,
        ReturnPaymentWhenOrderCancelled,
        SettlePaymentWhenWebhookReceived,
      ],
    };
  }
}
