import { setTimeout as pause } from 'node:timers/promises';
import type { ShopClient } from './shop-client.js';
import { stripeHook } from './signed-hooks.js';

/** Nobody answered. */
export const UNANSWERED = 0;

/**
 * A payment provider that sends one message after the other over several connections, each until it is answered with
 * 2xx, signed anew every time.
 */
export class StubbornSenders {
  /** What every message was answered with, one status per attempt, by its id. */
  readonly answers = new Map<string, number[]>();
  taken = 0;
  private open = true;
  private readonly atWork: Promise<unknown>;

  constructor(
    private readonly shop: ShopClient,
    senders: number,
  ) {
    this.atWork = Promise.all(Array.from({ length: senders }, () => this.send()));
  }

  /** Stops sending new ones and waits until every begun one is taken. */
  async stop(): Promise<void> {
    this.open = false;
    await this.atWork;
  }

  private async send(): Promise<void> {
    while (this.open) {
      const event = { type: 'customer.updated', object: { id: 'cus_1', object: 'customer' } };
      const { id } = stripeHook(event);
      const answers: number[] = [];
      this.answers.set(id, answers);
      do {
        if (answers.length > 0) await pause(20);
        answers.push(await this.attempt({ ...event, id }));
      } while (answers.at(-1)! < 200 || answers.at(-1)! > 299);
      this.taken += 1;
    }
  }

  private async attempt(event: Parameters<typeof stripeHook>[0]): Promise<number> {
    try {
      return (await this.shop.hook(stripeHook(event))).status;
    } catch {
      return UNANSWERED;
    }
  }
}
