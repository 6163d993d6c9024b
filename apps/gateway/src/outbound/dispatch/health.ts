import type { Circuit } from '../endpoints/endpoint.js';

const WINDOW_MS = 5 * 60_000;
const BUCKET_MS = 15_000;
const LEAST_ATTEMPTS = 10;
const FAILED_SHARE = 0.7;
const FIRST_PROBE_MS = 30_000;
const LAST_PROBE_MS = 15 * 60_000;
const HOPELESS_MS = 5 * 24 * 60 * 60_000;

/** As it is stored; times in milliseconds since 1970, on the database's clock. */
export interface StoredHealth {
  circuit: Circuit;
  probeAt: number | null;
  pausedUntil: number | null;
  recovering: boolean;
  failingSince: number | null;
  /** Attempts of the last minutes: when a quarter of a minute began, how many there were, how many found nobody. */
  window: [begin: number, attempts: number, unavailable: number][];
  /** How often in a row the circuit opened without a success in between. */
  openings: number;
}

export const unknownHealth: StoredHealth = {
  circuit: 'closed',
  probeAt: null,
  pausedUntil: null,
  recovering: false,
  failingSince: null,
  window: [],
  openings: 0,
};

export interface Opening {
  attempts: number;
  failed: number;
  probeAt: number;
}

/** What an endpoint's attempts tell of it: when it is spared, tried again, and given up. Time is an input. */
export class Health {
  private state: StoredHealth;
  /** Set by the attempt that opened a closed circuit. */
  opened?: Opening;

  constructor(stored: StoredHealth) {
    this.state = structuredClone(stored);
    // Whoever was probing is gone without an answer.
    if (this.state.circuit === 'probing') this.state.circuit = 'open';
  }

  get circuit(): Circuit {
    return this.state.circuit;
  }

  get isRecovering(): boolean {
    return this.state.recovering;
  }

  stored(): StoredHealth {
    return structuredClone(this.state);
  }

  /** Milliseconds until something may be sent; 0: now. */
  wait(now: number): number {
    const { circuit, probeAt, pausedUntil } = this.state;
    const pause = Math.max(0, (pausedUntil ?? 0) - now);
    return circuit === 'open' ? Math.max(pause, (probeAt ?? 0) - now, 0) : pause;
  }

  /** The next delivery decides whether the circuit closes. */
  probe(): void {
    this.state.circuit = 'probing';
  }

  /** Asked to by Retry-After. */
  pause(until: number): void {
    this.state.pausedUntil = Math.max(this.state.pausedUntil ?? 0, until);
  }

  /** The backlog is gone. */
  recovered(): void {
    this.state.recovering = false;
  }

  succeeded(now: number): void {
    if (this.state.circuit !== 'closed') {
      this.state.circuit = 'closed';
      this.state.probeAt = null;
      this.state.recovering = true;
      this.state.window = [];
    }
    this.state.failingSince = null;
    this.state.openings = 0;
    this.count(now, false);
  }

  /**
   * @param unavailable nobody was there to take it, whatever it was; any other failure may be the message's
   * @returns true when the endpoint has failed for so long that it is to be disabled
   */
  failed(now: number, unavailable: boolean): boolean {
    this.state.failingSince ??= now;
    this.count(now, unavailable);
    if (this.state.circuit === 'probing') this.open(now);
    else if (this.state.circuit === 'closed') this.openIfSustained(now);
    return now - this.state.failingSince >= HOPELESS_MS;
  }

  private openIfSustained(now: number): void {
    const attempts = sum(this.state.window, 1);
    const failed = sum(this.state.window, 2);
    if (attempts < LEAST_ATTEMPTS || failed < FAILED_SHARE * attempts) return;
    this.open(now);
    this.opened = { attempts, failed, probeAt: this.state.probeAt! };
  }

  private open(now: number): void {
    this.state.circuit = 'open';
    this.state.probeAt = now + Math.min(FIRST_PROBE_MS * 2 ** this.state.openings, LAST_PROBE_MS);
    this.state.openings = Math.min(this.state.openings + 1, 10);
    this.state.window = [];
  }

  private count(now: number, unavailable: boolean): void {
    const begin = now - (now % BUCKET_MS);
    const window = this.state.window.filter(([start]) => start > now - WINDOW_MS);
    const last = window.at(-1);
    if (last?.[0] === begin) window[window.length - 1] = [begin, last[1] + 1, last[2] + Number(unavailable)];
    else window.push([begin, 1, Number(unavailable)]);
    this.state.window = window;
  }
}

const sum = (window: StoredHealth['window'], column: 1 | 2): number =>
  window.reduce((total, bucket) => total + bucket[column], 0);
