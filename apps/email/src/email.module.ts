import { messagingMigrations, MessagingModule, messagingSettings } from '@hookshop/messaging';
import { ObservabilityModule } from '@hookshop/observability';
import { PersistenceModule } from '@hookshop/persistence';
import { type DynamicModule, Module } from '@nestjs/common';
import { EmailConfig } from './email.config.js';
import { Email } from './email.js';
import { CreateEmails1700000000001 } from './migrations/0001-create-emails.js';
import { ForgetEmails1700000000002 } from './migrations/0002-forget-emails.js';
import { SendCancellationWhenOrderCancelled } from './reactions/send-cancellation-when-order-cancelled.js';
import { SendConfirmationWhenOrderConfirmed } from './reactions/send-confirmation-when-order-confirmed.js';
import { SendShippingNoticeWhenOrderShipped } from './reactions/send-shipping-notice-when-order-shipped.js';
import { EmailRetention } from './retention/email-retention.js';
import { CountPendingEmails } from './sending/count-pending-emails.js';
import { SendEmails } from './sending/send-emails.js';
import { MailServer } from './smtp/mail-server.js';

/** What the email service reacts to, and what it does by itself. */
@Module({})
export class EmailModule {
  static register(config: EmailConfig): DynamicModule {
    return {
      module: EmailModule,
      imports: [
        ObservabilityModule.forRoot('email', config),
        PersistenceModule.forRoot({
          url: config.databaseUrl,
          entities: [Email],
          migrations: [...messagingMigrations, CreateEmails1700000000001, ForgetEmails1700000000002],
          applicationName: 'email',
        }),
        MessagingModule.forRoot({ service: 'email', ...messagingSettings(config) }),
      ],
      providers: [
        { provide: EmailConfig, useValue: config },
        MailServer,
        SendEmails,
        CountPendingEmails,
        EmailRetention,
        SendConfirmationWhenOrderConfirmed,
        SendCancellationWhenOrderCancelled,
        SendShippingNoticeWhenOrderShipped,
      ],
    };
  }
}
