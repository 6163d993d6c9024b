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
import { Documented } from '../documentation/documented.js';

@Controller('v1/customers')
export class CustomersController {
  constructor(private readonly requests: Requests) {}

  @Get()
  @For('shop')
  @Documented({ summary: 'List customers, newest first', answer: { pageOf: 'Customer' }, query: ListCustomers })
  list(@Query() query: ListCustomers): Promise<Page<CustomerView>> {
    return this.requests.ask(customerRequests.list, query);
  }

  @Get(':id')
  @For('shop')
  @Documented({ summary: 'Show a customer', answer: 'Customer', refusals: [404] })
  show(@Param('id', new IdOf('customer')) id: string): Promise<CustomerView> {
    return this.requests.ask(customerRequests.show, { id });
  }

  @Get(':id/interactions')
  @For('shop')
  @Documented({
    summary: 'List what passed between a customer and the shop, newest first',
    answer: { pageOf: 'Interaction' },
    query: PageQuery,
    refusals: [404],
  })
  interactions(
    @Param('id', new IdOf('customer')) id: string,
    @Query() query: PageQuery,
  ): Promise<Page<InteractionView>> {
    return this.requests.ask(customerRequests.interactions, { id, ...query });
  }
}
