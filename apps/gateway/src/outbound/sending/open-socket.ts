import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Durations } from './attempt.js';
import { AttemptFailed } from './attempt-failed.js';
import { connectFailure } from './failure-of.js';
import type { Address } from './resolve.js';

/** Of several addresses, how long one may keep the others waiting. */
const NEXT_ADDRESS_MS = 1_000;
const PROBE_IDLE_MS = 60_000;

export type OpeningPhases = Pick<Durations, 'dns' | 'connect' | 'tls'>;

/** The attempt that wanted the connection has ended. */
export class Abandoned extends AttemptFailed {
  constructor() {
    super('connection', 'nobody waited for the connection any more');
  }
}

export interface CheckedTarget {
  protocol: string;
  host: string;
  port: number;
  addresses: Address[];
  ca?: string | Buffer;
}

/** @returns the socket, over TLS where asked, ready for its first request */
export function openSocket(
  { protocol, host, port, addresses, ca }: CheckedTarget,
  phases: OpeningPhases,
  abandoned: AbortSignal,
): Promise<Socket> {
  const secure = protocol === 'https:';
  const options = {
    host,
    port,
    lookup: answering(addresses),
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: PROBE_IDLE_MS,
  };
  return new Promise((resolve, reject) => {
    const start = performance.now();
    let connected: number | null = null;
    // Certificates are verified whatever the environment says about it. An address is not a server name in TLS.
    const socket = secure
      ? connectTls({
          ...options,
          ca,
          servername: isIP(host) === 0 ? host : undefined,
          ALPNProtocols: ['http/1.1'],
          rejectUnauthorized: true,
        })
      : connect(options);
    const fail = (error: Error) => reject(connectFailure(error, secure && connected !== null));
    const abandon = () => socket.destroy(new Abandoned());
    socket.once('error', fail);
    abandoned.addEventListener('abort', abandon, { once: true });
    socket.once('connect', () => {
      connected = performance.now();
      phases.connect = connected - start;
    });
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      if (secure) phases.tls = performance.now() - connected!;
      // `fail` stays: an error must find a listener even before the next owner has added one.
      abandoned.removeEventListener('abort', abandon);
      resolve(socket);
    });
  });
}

/** A lookup that knows one answer: the addresses that were checked. */
const answering =
  (addresses: readonly Address[]): LookupFunction =>
  (_host, { all }, callback) => {
    if (all) callback(null, [...addresses]);
    else callback(null, addresses[0]!.address, addresses[0]!.family);
  };
