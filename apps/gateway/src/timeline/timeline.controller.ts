import { PageQuery, type Page } from '@hookshop/contracts';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { For } from '../authentication/caller.js';
import { IdOf } from '../id-of.js';
import { Timelines, type TimelineEntry } from './timelines.js';
import { Documented } from '../documentation/documented.js';

@Controller('v1/orders')
export class TimelineController {
  constructor(private readonly timelines: Timelines) {}

  @Get(':id/timeline')
  @For('shop')
  @Documented({
    summary: 'Show what happened to an order, oldest first',
    answer: { pageOf: 'TimelineEntry' },
    query: PageQuery,
    refusals: [404],
  })
  show(@Param('id', new IdOf('order')) id: string, @Query() query: PageQuery): Promise<Page<TimelineEntry>> {
    return this.timelines.of(id, query);
  }
}
