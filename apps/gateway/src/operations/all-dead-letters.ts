import type { DeadLetterView, ListDeadLetters, OperationsVerb, Page, RedriveDeadLetters } from '@hookshop/contracts';
import { Problem } from '@hookshop/http';
import { ServiceUnreachable } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { isOutcomeUnknown, knowing } from '../problem-of.js';
import { mergePages } from './merge-pages.js';
import { Services } from './services.js';

/** A page out of what all services said, with the names of those that said nothing. */
export interface PageOfAll<T> extends Page<T> {
  unavailable: string[];
}

/** The dead letters of all services, as one list. Each service keeps its own; it alone can handle them again. */
@Injectable()
export class AllDeadLetters {
  constructor(private readonly services: Services) {}

  async list({ service, ...query }: ListDeadLetters): Promise<PageOfAll<DeadLetterView>> {
    if (service !== undefined) {
      const page = await this.ofService<Page<DeadLetterView>>(service, 'list-dead-letters', query);
      return { ...page, unavailable: [] };
    }
    const answers = await this.services.askAll<Page<DeadLetterView>>('list-dead-letters', query);
    const pages = answers.flatMap((answer) => (answer.kind === 'answered' ? [answer.value] : []));
    const unavailable = answers.flatMap((answer) => (answer.kind === 'silent' ? [answer.service] : []));
    return { ...mergePages(pages, query.limit), unavailable };
  }

  show(id: string): Promise<DeadLetterView> {
    return this.whereItIs<DeadLetterView>(id, 'show-dead-letter', () => true);
  }

  redrive(id: string): Promise<{ matched: number }> {
    return this.whereItIs<{ matched: number }>(id, 'redrive-dead-letter', ({ matched }) => matched > 0);
  }

  discard(id: string): Promise<{ discarded: number }> {
    return this.whereItIs<{ discarded: number }>(id, 'discard-dead-letter', ({ discarded }) => discarded > 0);
  }

  redriveAll({ service, reaction }: RedriveDeadLetters): Promise<{ matched: number }> {
    return this.ofService<{ matched: number }>(service, 'redrive-dead-letters', { reaction }).catch(
      knowing('Look at GET /v1/dead-letters, or ask again: redriving twice does no harm.'),
    );
  }

  /** An id tells nothing of the service that has it, so all are asked. */
  private async whereItIs<T>(id: string, verb: OperationsVerb, found: (value: T) => boolean): Promise<T> {
    const answers = await this.services.askAll<T>(verb, { id });
    for (const answer of answers) if (answer.kind === 'answered' && found(answer.value)) return answer.value;
    const silent = answers.filter((answer) => answer.kind === 'silent');
    if (silent.length === 0) throw new Problem(404, 'There is no such dead letter.');
    const names = silent.map(({ service }) => service).join(', ');
    if (verb !== 'show-dead-letter' && silent.some(({ error }) => isOutcomeUnknown(error))) {
      throw new Problem(504, `No answer in time from ${names}. Look at GET /v1/dead-letters/${id} before you go on.`);
    }
    throw new Problem(503, `It may belong to a service that is away: ${names}. Try again shortly.`, {
      headers: { 'Retry-After': '5' },
    });
  }

  private async ofService<T>(service: string, verb: OperationsVerb, body: object): Promise<T> {
    // It becomes part of a subject, where a dot or a wildcard would address somebody else.
    if (!/^[a-z]+$/.test(service)) throw await this.noSuchService(service);
    try {
      return await this.services.ask<T>(service, verb, body);
    } catch (error) {
      if (!(error instanceof ServiceUnreachable)) throw error;
      if (!(await this.services.names()).includes(service)) throw await this.noSuchService(service);
      throw new Problem(503, `The ${service} service is away. Nothing was done; try again shortly.`, {
        headers: { 'Retry-After': '5' },
      });
    }
  }

  private async noSuchService(service: string): Promise<Problem> {
    const names = (await this.services.names()).join(', ');
    return new Problem(422, `There is no service ${service}. There are ${names}.`);
  }
}
