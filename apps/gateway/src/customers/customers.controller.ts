import {
  customerRequests,
  ListCustomers,
  PageQuery,
  type CustomerView,
  type InteractionView,
  type Page,
} from '@hookshop/contracts';
import { Requests } from '@hookshop/messaging';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { For } from '../authentication/caller.js';
import { IdOf } from '../id-of.js';

@Controller('v1/customers')
export class CustomersController {
  constructor(private readonly requests: Requests) {}

  @Get()
  @For('shop')
  list(@Query() query: ListCustomers): Promise<Page<CustomerView>> {
    return this.requests.ask(customerRequests.list, query);
  }

  @Get(':id')
  @For('shop')
  show(@Param('id', new IdOf('customer')) id: string): Promise<CustomerView> {
    return this.requests.ask(customerRequests.show, { id });
  }

  @Get(':id/interactions')
  @For('shop')
  interactions(
    @Param('id', new IdOf('customer')) id: string,
    @Query() query: PageQuery,
  ): Promise<Page<InteractionView>> {
    return this.requests.ask(customerRequests.interactions, { id, ...query });
  }
}
