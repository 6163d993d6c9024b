import { customerRequests, type CustomerView } from '@hookshop/contracts';
import { checkRequest, RequestController } from '@hookshop/messaging';
import { Database } from '@hookshop/persistence';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { CrmConfig } from '../crm.config.js';
import { CustomerId, findCustomer } from '../find-customer.js';

@RequestController()
export class ShowCustomer {
  constructor(
    private readonly database: Database,
    private readonly config: CrmConfig,
  ) {}

  @MessagePattern(customerRequests.show)
  async show(@Payload() body: unknown): Promise<CustomerView> {
    const { id } = checkRequest(CustomerId, body);
    return (await findCustomer(this.database.dataSource.manager, id)).view(this.config.lifetimeValueCurrency);
  }
}
