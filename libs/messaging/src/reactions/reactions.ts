import { DiscoveryService } from '@nestjs/core';
import { OutsideWork } from '../outside-work/outside-work.js';
import { Reaction } from './reaction.js';

/** What a service does by itself: its reactions and its outside work, found among its providers. */
export class Reactions {
  readonly all: Reaction[] = [];
  readonly works: OutsideWork<unknown, unknown>[] = [];

  constructor(
    private readonly service: string,
    private readonly discovery: DiscoveryService,
  ) {}

  discover(): void {
    for (const { instance } of this.discovery.getProviders() as { instance: unknown }[]) {
      if (instance === null || typeof instance !== 'object') continue;
      if (instance instanceof OutsideWork) this.works.push(instance);
      const reaction = Reaction.of(this.service, instance);
      if (reaction) this.all.push(reaction);
    }
  }
}
