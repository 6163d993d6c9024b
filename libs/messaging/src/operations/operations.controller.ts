import {
  DeadLetterId,
  type DeadLetterView,
  ListDeadLetters,
  operationsSubject,
  type Page,
  type ReactionView,
} from '@hookshop/contracts';
import { Inject, type Type } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { DeadLetters } from '../dead-letter/dead-letters.js';
import { Redriver } from '../dead-letter/redriver.js';
import { checkRequest, refuse, RequestController } from '../requests/refuse.js';
import { ReactionViews } from './reaction-views.js';

/** What every service answers about its own reactions and dead letters, on subjects that carry its name. */
export function operationsController(service: string): Type {
  @RequestController()
  class OperationsController {
    constructor(
      @Inject(DeadLetters) private readonly deadLetters: DeadLetters,
      @Inject(Redriver) private readonly redriver: Redriver,
      @Inject(ReactionViews) private readonly reactions: ReactionViews,
    ) {}

    @MessagePattern(operationsSubject(service, 'list-dead-letters'))
    list(@Payload() body: unknown): Promise<Page<DeadLetterView>> {
      return this.deadLetters.list(checkRequest(ListDeadLetters, body));
    }

    @MessagePattern(operationsSubject(service, 'show-dead-letter'))
    async show(@Payload() body: unknown): Promise<DeadLetterView> {
      const { id } = checkRequest(DeadLetterId, body);
      const found = await this.deadLetters.find(id);
      if (!found) throw refuse(404, `There is no dead letter ${id}.`);
      return found;
    }

    @MessagePattern(operationsSubject(service, 'redrive-dead-letter'))
    async redriveOne(@Payload() body: unknown): Promise<{ matched: number }> {
      return this.redrive({ id: checkRequest(DeadLetterId, body).id });
    }

    @MessagePattern(operationsSubject(service, 'redrive-dead-letters'))
    async redriveAll(@Payload() body: unknown): Promise<{ matched: number }> {
      return this.redrive({ reaction: checkRequest(ListDeadLetters, body).reaction });
    }

    @MessagePattern(operationsSubject(service, 'discard-dead-letter'))
    async discard(@Payload() body: unknown): Promise<{ discarded: number }> {
      return { discarded: await this.deadLetters.discard(checkRequest(DeadLetterId, body).id) };
    }

    @MessagePattern(operationsSubject(service, 'list-reactions'))
    async listReactions(): Promise<{ reactions: ReactionView[] }> {
      return { reactions: await this.reactions.list() };
    }

    private async redrive(which: { id?: string; reaction?: string }): Promise<{ matched: number }> {
      const matched = await this.deadLetters.requestRedrive(which);
      this.redriver.wake();
      return { matched };
    }
  }
  return OperationsController;
}
