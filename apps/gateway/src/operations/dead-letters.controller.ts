import { ListDeadLetters, RedriveDeadLetters, type DeadLetterView, type Page } from '@hookshop/contracts';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { For } from '../authentication/caller.js';
import { IdOf } from '../id-of.js';
import { AllDeadLetters, type PageOfAll } from './all-dead-letters.js';
import { Documented } from '../documentation/documented.js';

@Controller('v1/dead-letters')
export class DeadLettersController {
  constructor(private readonly deadLetters: AllDeadLetters) {}

  @Get()
  @For()
  @Documented({
    summary: 'List what reactions gave up on, newest first',
    description: '`unavailable` names the services that did not answer.',
    answer: { pageOf: 'DeadLetter' },
    query: ListDeadLetters,
    refusals: [422],
  })
  list(@Query() query: ListDeadLetters): Promise<PageOfAll<DeadLetterView> | Page<DeadLetterView>> {
    return this.deadLetters.list(query);
  }

  @Post('redrive')
  @For()
  @HttpCode(202)
  @Documented({
    summary: 'Handle all dead letters of a service, or of one of its reactions, again',
    status: 202,
    answer: 'Matched',
    body: RedriveDeadLetters,
    refusals: [422, 504],
  })
  redriveAll(@Body() body: RedriveDeadLetters): Promise<{ matched: number }> {
    return this.deadLetters.redriveAll(body);
  }

  @Get(':id')
  @For()
  @Documented({ summary: 'Show a dead letter', answer: 'DeadLetter', refusals: [404] })
  show(@Param('id', new IdOf('dead letter')) id: string): Promise<DeadLetterView> {
    return this.deadLetters.show(id);
  }

  @Post(':id/redrive')
  @For()
  @HttpCode(202)
  @Documented({ summary: 'Handle a dead letter again', status: 202, answer: 'Matched', refusals: [404, 504] })
  redrive(@Param('id', new IdOf('dead letter')) id: string): Promise<{ matched: number }> {
    return this.deadLetters.redrive(id);
  }

  @Delete(':id')
  @For()
  @HttpCode(204)
  @Documented({ summary: 'Discard a dead letter', status: 204, refusals: [404, 504] })
  async discard(@Param('id', new IdOf('dead letter')) id: string): Promise<void> {
    await this.deadLetters.discard(id);
  }
}
