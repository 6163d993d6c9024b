import type { ReactionView } from '@hookshop/contracts';
import { Controller, Get } from '@nestjs/common';
import { For } from '../authentication/caller.js';
import type { PageOfAll } from './all-dead-letters.js';
import { Services } from './services.js';
import { Documented } from '../documentation/documented.js';

@Controller('v1/consumers')
export class ConsumersController {
  constructor(private readonly services: Services) {}

  /** Every reaction of every service, on one page: they are few, and none may be overlooked. */
  @Get()
  @For()
  @Documented({
    summary: 'List every reaction and how far behind it is',
    description: 'All on one page; `unavailable` names the services that did not answer.',
    answer: { pageOf: 'Reaction' },
  })
  async list(): Promise<PageOfAll<ReactionView>> {
    const answers = await this.services.askAll<{ reactions: ReactionView[] }>('list-reactions', {});
    const data = answers.flatMap((answer) => (answer.kind === 'answered' ? answer.value.reactions : []));
    const unavailable = answers.flatMap((answer) => (answer.kind === 'silent' ? [answer.service] : []));
    return { data, nextCursor: null, unavailable };
  }
}
