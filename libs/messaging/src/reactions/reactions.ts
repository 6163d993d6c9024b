import { DiscoveryService } from '@nestjs/core';
import { Work } from '../outside-work/work.js';
import { Reaction } from './reaction.js';

/** What a service does by itself: its reactions and its other work, found among its providers. */
export class Reactions {
  readonly all: Reaction[] = [];
  readonly works: Work[] = [];

  constructor(
    private readonly service: string,
    private readonly discovery: DiscoveryService,
  ) {}

  discover(): void {
    for (const { instance } of this.discovery.getProviders() as { instance: unknown }[]) {
      if (instance === null || typeof instance !== 'object') continue;
      if (instance instanceof Work) this.works.push(instance);
      const reaction = Reaction.of(this.service, instance);
      if (reaction) this.all.push(reaction);
    }
  }
}
