import { SUBJECT_PREFIX } from '@hookshop/contracts';
import type { JsMsg } from '@nats-io/jetstream';
import { inTrace } from '@hookshop/observability';
import type { Fact } from '../fact.js';
import type { Transaction } from '../transaction.js';
import { declarationOf, type HandleBatch, type ReactionDeclaration } from './handles.js';

/** One business sentence of a service: what it does when a kind of fact arrives. */
export class Reaction {
  /** Kebab case of the class, `reserve-stock-when-order-placed`. */
  readonly name: string;
  /** Name of its durable consumer, `inventory-reserve-stock-when-order-placed`. */
  readonly durable: string;
  readonly filter: string;
  readonly from: 'beginning' | 'now';
  readonly background: boolean;

  constructor(
    service: string,
    private readonly instance: object,
    private readonly declaration: ReactionDeclaration,
  ) {
    this.name = kebab(instance.constructor.name);
    this.durable = `${service}-${this.name}`;
    this.filter = declaration.contract?.subject ?? `${SUBJECT_PREFIX}>`;
    this.from = declaration.from;
    this.background = declaration.background ?? false;
  }

  /** The reaction a provider declares, if it declares one. */
  static of(service: string, instance: object): Reaction | undefined {
    const declaration = declarationOf(instance.constructor);
    return declaration && new Reaction(service, instance, declaration);
  }

  /** Older versions of an occurrence are none of its business. */
  get newestOnly(): boolean {
    return this.declaration.newestOnly ?? false;
  }

  /** Whether a message is of no interest, whatever it says. */
  passesOver({ subject, headers }: Pick<JsMsg, 'subject' | 'headers'>): boolean {
    const { except, source } = this.declaration;
    if (except?.has(subject)) return true;
    return source !== undefined && isBeside(source, headers?.get('ce-source') ?? '');
  }

  /** Runs the handler for new facts, in the order of the stream. */
  async handle(facts: Fact<unknown>[], tx: Transaction): Promise<void> {
    const handler = (this.instance as Record<string, unknown>)[this.declaration.method] as (
      ...args: unknown[]
    ) => Promise<void>;
    if (this.declaration.shape === 'batch') {
      tx.handling = facts.length === 1 ? facts[0] : undefined;
      const handle = handler as unknown as HandleBatch;
      await inTrace(tx.handling as Fact<unknown> | undefined, () =>
        handle.call(this.instance, facts as Fact<never>[], tx),
      );
      return;
    }
    for (const fact of facts) {
      tx.handling = fact;
      await inTrace(fact, () => handler.call(this.instance, fact.data, tx, fact));
    }
  }
}

const isBeside = (source: string, other: string): boolean =>
  other !== source && other.startsWith(source.slice(0, source.lastIndexOf('/') + 1));

const kebab = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .toLowerCase();
