import { PersistenceModule } from '@hookshop/persistence';
import { type DynamicModule, Module } from '@nestjs/common';
import { CarrierBehaviour, SwitchCarrierBehaviour } from './carrier/behaviour/carrier-behaviour.js';
import { BookShipment } from './carrier/book-shipment/book-shipment.js';
import { MoveShipment } from './carrier/books/move-shipment.js';
import { ShowShipments } from './carrier/books/show-shipments.js';
import { CallBackShipment } from './carrier/call-back/call-back-shipment.js';
import { CarryParcels } from './carrier/carry-parcels.js';
import { LookUpShipments } from './carrier/look-up/look-up-shipments.js';
import { Shipment } from './carrier/shipment.js';
import { ForwardMails } from './mail/forward-mails.js';
import { MailBehaviour, SwitchMailBehaviour } from './mail/mail-behaviour.js';
import { ShowInbox } from './mail/show-inbox.js';
import { SmtpDoor } from './mail/smtp-door.js';
import { StoreMails } from './mail/store-mails.js';
import { CreateProviderBooks1700000000001 } from './migrations/0001-create-provider-books.js';
import { CreateMails1700000000002 } from './migrations/0002-create-mails.js';
import { CreatePartnerReceipts1700000000003 } from './migrations/0003-create-partner-receipts.js';
import { CreateWebhooks1700000000004 } from './migrations/0004-create-webhooks.js';
import { CreateShipments1700000000005 } from './migrations/0005-create-shipments.js';
import { AllowWebhooks } from './partner/allow-webhooks.js';
import { PartnerBehaviour, SwitchPartnerBehaviour } from './partner/behaviour/partner-behaviour.js';
import { Trap } from './partner/behaviour/trap.js';
import { ReceiveWebhooks } from './partner/receive-webhooks.js';
import { PartnerAccount } from './partner/registration/partner-account.js';
import { PartnerRegistration } from './partner/registration/partner-registration.js';
import { TrustedSecrets } from './partner/registration/trusted-secrets.js';
import { ShowReceived } from './partner/show-received.js';
import { StoreReceipts } from './partner/store-receipts.js';
import { ProviderBehaviour, SwitchProviderBehaviour } from './provider/behaviour/provider-behaviour.js';
import { AuthenticatePaymentIntent } from './provider/books/authenticate-payment-intent.js';
import { ShowBooks } from './provider/books/show-books.js';
import { CancelPaymentIntent } from './provider/cancel-payment-intent/cancel-payment-intent.js';
import { CreatePaymentIntent } from './provider/create-payment-intent/create-payment-intent.js';
import { TellMerchant } from './provider/events/tell-merchant.js';
import { ForgetExpiredKeys } from './provider/idempotency/forget-expired-keys.js';
import { IdempotencyKeys } from './provider/idempotency/idempotency-keys.js';
import { LookUpPaymentIntents } from './provider/look-up/look-up-payment-intents.js';
import { LookUpRefunds } from './provider/look-up/look-up-refunds.js';
import { PaymentIntent } from './provider/payment-intent.js';
import { RefundPaymentIntent } from './provider/refund-payment-intent/refund-payment-intent.js';
import { Refund } from './provider/refund.js';
import { SandboxConfig } from './sandbox.config.js';
import { ShowOffers } from './show-offers.js';
import { ForgetDeliveredWebhooks } from './webhooks/forget-delivered-webhooks.js';
import { SendWebhooks } from './webhooks/send-webhooks.js';
import { ShowWebhooks } from './webhooks/show-webhooks.js';

/** The third parties of the shop, with books of their own. */
@Module({})
export class SandboxModule {
  static forRoot(config: SandboxConfig): DynamicModule {
    return {
      module: SandboxModule,
      imports: [
        PersistenceModule.forRoot({
          url: config.databaseUrl,
          entities: [PaymentIntent, Refund, Shipment],
          migrations: [
            CreateProviderBooks1700000000001,
            CreateMails1700000000002,
            CreatePartnerReceipts1700000000003,
            CreateWebhooks1700000000004,
            CreateShipments1700000000005,
          ],
          applicationName: 'sandbox',
        }),
      ],
      controllers: [
        ShowOffers,
        CreatePaymentIntent,
        LookUpPaymentIntents,
        CancelPaymentIntent,
        RefundPaymentIntent,
        LookUpRefunds,
        ShowBooks,
        AuthenticatePaymentIntent,
        SwitchProviderBehaviour,
        ShowInbox,
        SwitchMailBehaviour,
        AllowWebhooks,
        ShowReceived,
        SwitchPartnerBehaviour,
        Trap,
        ShowWebhooks,
        BookShipment,
        LookUpShipments,
        CallBackShipment,
        ShowShipments,
        MoveShipment,
        SwitchCarrierBehaviour,
      ],
      providers: [
        { provide: SandboxConfig, useValue: config },
        IdempotencyKeys,
        ForgetExpiredKeys,
        ProviderBehaviour,
        TellMerchant,
        SmtpDoor,
        StoreMails,
        ForwardMails,
        MailBehaviour,
        ReceiveWebhooks,
        StoreReceipts,
        PartnerBehaviour,
        PartnerAccount,
        PartnerRegistration,
        TrustedSecrets,
        SendWebhooks,
        ForgetDeliveredWebhooks,
        CarrierBehaviour,
        CarryParcels,
      ],
    };
  }
}
