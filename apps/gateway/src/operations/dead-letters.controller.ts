import { ListDeadLetters, RedriveDeadLetters, type DeadLetterView, type Page } from '@hookshop/contracts';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { For } from '../authentication/caller.js';
import { IdOf } from '../id-of.js';
import { AllDeadLetters, type PageOfAll } from './all-dead-letters.js';

@Controller('v1/dead-letters')
export class DeadLettersController {
  constructor(private readonly deadLetters: AllDeadLetters) {}

  @Get()
  @For()
  list(@Query() query: ListDeadLetters): Promise<PageOfAll<DeadLetterView> | Page<DeadLetterView>> {
    return this.deadLetters.list(query);
  }

  @Post('redrive')
  @For()
  @HttpCode(202)
  redriveAll(@Body() body: RedriveDeadLetters): Promise<{ matched: number }> {
    return this.deadLetters.redriveAll(body);
  }

  @Get(':id')
  @For()
  show(@Param('id', new IdOf('dead letter')) id: string): Promise<DeadLetterView> {
    return this.deadLetters.show(id);
  }

  @Post(':id/redrive')
  @For()
  @HttpCode(202)
  redrive(@Param('id', new IdOf('dead letter')) id: string): Promise<{ matched: number }> {
    return this.deadLetters.redrive(id);
  }

  @Delete(':id')
  @For()
  @HttpCode(204)
  async discard(@Param('id', new IdOf('dead letter')) id: string): Promise<void> {
    await this.deadLetters.discard(id);
  }
}
