import { Client, type Dispatcher } from 'undici';
import type { GuardedConnector } from './guarded-connector.js';

/** A handler that wants to know who carries its request. */
export interface CarriedHandler extends Dispatcher.DispatchHandler {
  readonly settled: boolean;
  carriedBy(client: GuardedClient): void;
}

/** One socket of a pool, with the connector that opens it: undici tells a handler nothing about either. */
export class GuardedClient extends Client {
  constructor(
    origin: URL,
    options: Client.Options,
    readonly connector: GuardedConnector,
  ) {
    super(origin, { ...options, connect: connector.connect });
  }

  /** Handlers reach it through `EndpointConnection` only. */
  override dispatch(options: Dispatcher.DispatchOptions, handler: CarriedHandler): boolean {
    // Its deadline passed while it waited in the pool for a client.
    if (handler.settled) return true;
    handler.carriedBy(this);
    return super.dispatch(options, handler);
  }
}
