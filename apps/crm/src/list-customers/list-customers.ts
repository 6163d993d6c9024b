import { customerRequests, ListCustomers as Query, type CustomerView, type Page } from '@hookshop/contracts';
import { checkRequest, RequestController } from '@hookshop/messaging';
import { Database } from '@hookshop/persistence';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { LessThan } from 'typeorm';
import { CrmConfig } from '../crm.config.js';
import { Customer, emailKeyOf } from '../customer.js';

@RequestController()
export class ListCustomers {
  constructor(
    private readonly database: Database,
    private readonly config: CrmConfig,
  ) {}

  /** Newest first; the cursor is the last id seen. */
  @MessagePattern(customerRequests.list)
  async list(@Payload() body: unknown): Promise<Page<CustomerView>> {
    const { email, limit, cursor } = checkRequest(Query, body);
    const found = await this.database.dataSource.manager.find(Customer, {
      where: {
        ...(email !== undefined && { emailKey: emailKeyOf(email) }),
        ...(cursor !== undefined && { id: LessThan(cursor) }),
      },
      order: { id: 'DESC' },
      take: limit + 1,
    });
    const page = found.slice(0, limit);
    return {
      data: page.map((customer) => customer.view(this.config.lifetimeValueCurrency)),
      nextCursor: found.length > limit ? page.at(-1)!.id : null,
    };
  }
}
