import { PageQuery, type Page } from '@hookshop/contracts';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { For } from '../authentication/caller.js';
import { IdOf } from '../id-of.js';
import { Timelines, type TimelineEntry } from './timelines.js';

@Controller('v1/orders')
export class TimelineController {
  constructor(private readonly timelines: Timelines) {}

  @Get(':id/timeline')
  @For('shop')
  show(@Param('id', new IdOf('order')) id: string, @Query() query: PageQuery): Promise<Page<TimelineEntry>> {
    return this.timelines.of(id, query);
  }
}
