import 'reflect-metadata';
import { contractOf, type Contract, type EventClass } from '@hookshop/contracts';
import type { Fact } from '../fact.js';
import type { Transaction } from '../transaction.js';

export interface HandlesOptions {
  /** Where the first start begins: a ledger wants everything, a mailer must not mail everyone. */
  from: 'beginning' | 'now';
  /**
   * Nobody waits for this reaction: a lone fact is handled at once like any other, but while more keep coming it
   * begins a batch at most every 25 ms, so that a busy shop spends few transactions on it.
   */
  background?: boolean;
}

export interface HandlesOneKindOptions extends HandlesOptions {
  /**
   * `/gateway/hooks/stripe`: facts of the sources beside this one (`/gateway/hooks/…`) are none of its business, and
   * acknowledged unread. Any other source it is given: producers are deployed apart from their consumers.
   */
  source?: string;
}

export type HandleBatch = (facts: Fact<never>[], tx: Transaction) => Promise<void>;

export interface ReactionDeclaration extends HandlesOptions {
  /** Undefined: every fact. */
  contract?: Contract;
  method: string;
  /** Of an occurrence stated in several versions it wants the newest alone. */
  newestOnly?: boolean;
  /** Subjects of facts it does not even read. */
  except?: ReadonlySet<string>;
  /** Facts of sources beside this one it does not even read. */
  source?: string;
  /** How the method wants its facts. */
  shape: 'one' | 'batch';
}

const DECLARATION = Symbol('reaction');

const declare = (declaration: Omit<ReactionDeclaration, 'method'>): MethodDecorator => {
  return (target, method) => {
    if (Reflect.hasMetadata(DECLARATION, target.constructor)) {
      throw new Error(`${target.constructor.name} has two handlers: a reaction is one class with one handler`);
    }
    Reflect.defineMetadata(DECLARATION, { ...declaration, method: String(method) }, target.constructor);
  };
};

/** `verb(data: OrderPlaced, tx: Transaction, fact: Fact<OrderPlaced>)`: called for each new fact. */
export const Handles = (event: new () => object, options: HandlesOneKindOptions): MethodDecorator =>
  declare({ contract: contractOf(event), shape: 'one', ...options });

/**
 * `verb(facts: Fact<OrderPlaced>[], tx: Transaction)`: called with all new facts of a batch, for set-based statements.
 * When it throws, each fact is given to it alone.
 */
export const HandlesBatch = (event: new () => object, options: HandlesOneKindOptions): MethodDecorator =>
  declare({ contract: contractOf(event), shape: 'batch', ...options });

export interface HandlesEveryOptions extends HandlesOptions {
  /** Of an occurrence stated in several versions: the newest that this build knows (default), or each of them. */
  versions?: 'newest' | 'all';
  /** Facts that are none of its business, however many there are: acknowledged unread. */
  except?: readonly EventClass[];
}

/** Like HandlesBatch, for every fact of the shop. */
export const HandlesEvery = ({ versions = 'newest', except = [], ...options }: HandlesEveryOptions): MethodDecorator =>
  declare({
    shape: 'batch',
    newestOnly: versions === 'newest',
    except: new Set(except.map((event) => contractOf(event).subject)),
    ...options,
  });

export const declarationOf = (type: object): ReactionDeclaration | undefined =>
  Reflect.getMetadata(DECLARATION, type) as ReactionDeclaration | undefined;
