import { messagingMigrations, MessagingModule, messagingSettings } from '@hookshop/messaging';
import { ObservabilityModule } from '@hookshop/observability';
import { PersistenceModule } from '@hookshop/persistence';
import { Module, type DynamicModule } from '@nestjs/common';
import { CrmConfig } from './crm.config.js';
import { Customers } from './customers/customers.js';
import { Customer } from './customer.js';
import { ListCustomers } from './list-customers/list-customers.js';
import { ListInteractions } from './list-interactions/list-interactions.js';
import { CreateCustomers1700000004001 } from './migrations/0001-create-customers.js';
import { CreateInteractions1700000004002 } from './migrations/0002-create-interactions.js';
import { AddToLifetimeValueWhenPaymentCaptured } from './reactions/add-to-lifetime-value-when-payment-captured.js';
import { CountOrderWhenConfirmed } from './reactions/count-order-when-confirmed.js';
import { NoteWhenOrderDelivered } from './reactions/note-when-order-delivered.js';
import { NoteWhenOrderShipped } from './reactions/note-when-order-shipped.js';
import { RegisterCustomerWhenOrderPlaced } from './reactions/register-customer-when-order-placed.js';
import { SubtractFromLifetimeValueWhenPaymentRefunded } from './reactions/subtract-from-lifetime-value-when-payment-refunded.js';
import { UncountOrderWhenCancelled } from './reactions/uncount-order-when-cancelled.js';
import { ShowCustomer } from './show-customer/show-customer.js';

/** Who orders here, what happened with them, and what they are worth. */
@Module({})
export class CrmModule {
  static register(config: CrmConfig): DynamicModule {
    return {
      module: CrmModule,
      imports: [
        ObservabilityModule.forRoot('crm', config),
        PersistenceModule.forRoot({
          url: config.databaseUrl,
          applicationName: 'crm',
          entities: [Customer],
          migrations: [...messagingMigrations, CreateCustomers1700000004001, CreateInteractions1700000004002],
        }),
        MessagingModule.forRoot({ service: 'crm', ...messagingSettings(config) }),
      ],
      controllers: [ListCustomers, ShowCustomer, ListInteractions],
      providers: [
        { provide: CrmConfig, useValue: config },
        Customers,
        RegisterCustomerWhenOrderPlaced,
        CountOrderWhenConfirmed,
        UncountOrderWhenCancelled,
        NoteWhenOrderShipped,
        NoteWhenOrderDelivered,
        AddToLifetimeValueWhenPaymentCaptured,
        SubtractFromLifetimeValueWhenPaymentRefunded,
      ],
    };
  }
}
