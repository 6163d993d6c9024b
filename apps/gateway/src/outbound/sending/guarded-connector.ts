import { isIP, type Socket } from 'node:net';
import type { buildConnector } from 'undici';
import { isMetadata, isPublicUnicast } from './address-class.js';
import { AttemptFailed, BlockedAddress } from './attempt-failed.js';
import { checkUrl, isListed, normalHost, RefusedUrl, type UrlPolicy } from './endpoint-url.js';
import { lookupFailure } from './failure-of.js';
import { Abandoned, type OpeningPhases, openSocket } from './open-socket.js';
import type { Address, Resolve } from './resolve.js';

export interface Guard {
  policy: UrlPolicy;
  resolve: Resolve;
  /** Certificates trusted instead of the well-known ones. */
  ca?: string | Buffer;
}

/**
 * Opens the sockets of one undici client, one at a time. Every socket goes to an address that was checked for it, since
 * a name may lead elsewhere than it did a minute ago.
 */
export class GuardedConnector {
  private phases: OpeningPhases | null = null;
  private opening: AbortController | null = null;

  constructor(private readonly guard: Guard) {}

  /** In the shape undici calls it. */
  readonly connect: buildConnector.connector = (target, callback) => {
    const opening = (this.opening = new AbortController());
    const phases = (this.phases = { dns: null, connect: null, tls: null });
    this.open(target, phases, opening.signal).then(
      (socket) => callback(null, socket),
      (error: Error) => callback(error, null),
    );
  };

  /** What opening the newest socket took, for the first who asks: later requests were spared it. */
  takePhases(): OpeningPhases | null {
    const { phases } = this;
    this.phases = null;
    return phases;
  }

  /** Nobody waits for the socket that is being opened any more. */
  abandon(): void {
    this.opening?.abort();
  }

  private async open(target: buildConnector.Options, phases: OpeningPhases, abandoned: AbortSignal): Promise<Socket> {
    const host = normalHost(target.hostname);
    const addresses = await this.addressesOf(host, target, phases, abandoned);
    const port = Number(target.port) || (target.protocol === 'https:' ? 443 : 80);
    if (abandoned.aborted) throw new Abandoned();
    return openSocket({ ...target, host, port, addresses, ca: this.guard.ca }, phases, abandoned);
  }

  private async addressesOf(
    host: string,
    { protocol, host: authority }: buildConnector.Options,
    phases: OpeningPhases,
    abandoned: AbortSignal,
  ): Promise<Address[]> {
    const { policy, resolve } = this.guard;
    // The settings may have become stricter since the URL was saved.
    refuseUrl(`${protocol}//${authority}`, policy);
    const listed = isListed(host, policy);
    // Nothing is looked up for an address, so no lookup could refuse it.
    const family = isIP(host);
    const start = performance.now();
    const answers: Address[] =
      family === 0
        ? await unlessAbandoned(lookUp(resolve, host, listed), abandoned)
        : [{ address: host, family: family === 4 ? 4 : 6 }];
    if (family === 0) phases.dns = performance.now() - start;
    for (const { address } of answers) {
      if (isMetadata(address)) throw new BlockedAddress('the host leads to the metadata service of a cloud');
      if (!listed && !isPublicUnicast(address)) throw new BlockedAddress('the host has an address that is not public');
    }
    return answers;
  }
}

function refuseUrl(origin: string, policy: UrlPolicy): void {
  try {
    checkUrl(origin, policy);
  } catch (error) {
    throw error instanceof RefusedUrl ? new BlockedAddress(`the URL ${error.message}`) : error;
  }
}

async function lookUp(resolve: Resolve, host: string, listed: boolean): Promise<Address[]> {
  let answers: Address[];
  try {
    answers = await resolve(host, listed);
  } catch (error) {
    throw lookupFailure(error);
  }
  if (answers.length === 0) throw new AttemptFailed('dns', 'the host has no address');
  return answers;
}

/** A lookup cannot be called back; its answer is dropped. */
function unlessAbandoned<T>(work: Promise<T>, abandoned: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    abandoned.addEventListener('abort', () => reject(new Abandoned()), { once: true });
    work.then(resolve, reject);
  });
}
