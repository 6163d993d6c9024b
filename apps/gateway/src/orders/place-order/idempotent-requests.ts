import { Logger } from '@hookshop/observability';
import { Database, GroupCommit } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import { beginRequests } from './begin-requests.js';
import { finishRequests, type Ending, type FinishedRequest } from './finish-requests.js';
import { decide, placeOf, type Decision, type IdempotentRequest, type StoredRequest } from './idempotent-request.js';

/** The requests that came with a key. Those that arrive together are begun, and finished, together. */
@Injectable()
export class IdempotentRequests {
  private readonly beginnings: GroupCommit<IdempotentRequest, StoredRequest>;
  private readonly endings: GroupCommit<FinishedRequest, undefined>;

  constructor(
    database: Database,
    private readonly log: Logger,
  ) {
    this.beginnings = new GroupCommit((requests) => beginInRounds(database, requests));
    this.endings = new GroupCommit((finished) => finishRequests(database, finished));
  }

  /** When the decision is to place, the order's id is committed. */
  async begin(request: IdempotentRequest): Promise<Decision> {
    return decide(request, await this.beginnings.run(request));
  }

  /** Never fails: when it cannot be written down, the lock expires and the next attempt asks for the same order. */
  async finish(request: IdempotentRequest, ending: Ending): Promise<void> {
    try {
      await this.endings.run({ request, ending });
    } catch (error) {
      this.log.warn({ err: error, orderId: request.orderId }, 'How a request ended could not be written down');
    }
  }
}

/** One statement cannot write a row twice: requests that share a key take turns. */
async function beginInRounds(database: Database, requests: IdempotentRequest[]): Promise<StoredRequest[]> {
  const stored = new Map<IdempotentRequest, StoredRequest>();
  for (let rest = requests; rest.length > 0;) {
    const round = new Map<string, IdempotentRequest>();
    const later: IdempotentRequest[] = [];
    for (const request of rest) {
      const place = placeOf(request.apiKeyId, request.key);
      if (round.has(place)) later.push(request);
      else round.set(place, request);
    }
    const begun = [...round.values()];
    (await beginRequests(database, begun)).forEach((row, index) => stored.set(begun[index]!, row));
    rest = later;
  }
  return requests.map((request) => stored.get(request)!);
}
