import { Pool } from 'undici';
import type { AttemptOutcome, AttemptRequest } from './attempt.js';
import { AttemptFailed } from './attempt-failed.js';
import { attemptsUnder } from './attempts-under.js';
import type { UrlPolicy } from './endpoint-url.js';
import { GuardedClient } from './guarded-client.js';
import { type Guard, GuardedConnector } from './guarded-connector.js';
import { type Resolve, systemResolve } from './resolve.js';
import { RunningAttempt } from './running-attempt.js';

export interface EndpointConnectionOptions {
  policy: UrlPolicy;
  /** Sockets at most; what is sent beyond them waits for one, within its deadline. */
  connections: number;
  resolve?: Resolve;
  /** Certificates trusted instead of the well-known ones. */
  tls?: { ca?: string | Buffer };
}

const MAX_HEADER_BYTES = 16 * 1_024;
/** Receivers may ask to keep a connection for longer than the usual 4 s, but not for ever. */
const MAX_IDLE_MS = 60_000;

const otherOrigin = new AttemptFailed('connection', 'the URL has changed since the connection was made');

const resolveOfThisProcess = systemResolve();

/**
 * The sockets to one endpoint. They are kept between attempts, stay bound to the address that was checked when they
 * were opened, and never lead through a proxy.
 */
export class EndpointConnection {
  private readonly origin: string;
  private readonly pool: Pool;
  private closed?: Promise<void>;

  constructor(url: URL, { policy, connections, resolve = resolveOfThisProcess, tls }: EndpointConnectionOptions) {
    const guard: Guard = { policy, resolve, ca: tls?.ca };
    this.origin = url.origin;
    this.pool = new Pool(this.origin, {
      connections,
      pipelining: 1,
      allowH2: false,
      maxHeaderSize: MAX_HEADER_BYTES,
      keepAliveMaxTimeout: MAX_IDLE_MS,
      // The attempt has a deadline of its own.
      headersTimeout: 0,
      bodyTimeout: 0,
      factory: (origin, options) => new GuardedClient(origin, options, new GuardedConnector(guard)),
    });
  }

  /** Tries once. Whatever happens is an outcome: this neither throws nor rejects. */
  send(request: AttemptRequest, signal?: AbortSignal): Promise<AttemptOutcome> {
    return new Promise((resolve) => {
      const attempt = new RunningAttempt(request, resolve, signal && attemptsUnder(signal));
      if (signal?.aborted) attempt.stop();
      else if (request.url.origin !== this.origin) attempt.fail(otherOrigin);
      else this.pool.dispatch(attempt.options, attempt);
    });
  }

  /** Waits for what is under way; what is sent afterwards fails. */
  close(): Promise<void> {
    return (this.closed ??= this.pool.close());
  }
}
