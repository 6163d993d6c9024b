import { setTimeout as wait } from 'node:timers/promises';
import { type CheckResult, Health, Logger } from '@hookshop/observability';
import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { PartnerAccount } from './partner-account.js';
import { TrustedSecrets } from './trusted-secrets.js';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;
/** Between two looks at the secrets: anybody may send what is signed by nobody. */
const RENEWAL_MS = 1_000;

/** Registers the partner at the gateway, which may start later, and learns the secrets its webhooks are signed with. */
@Injectable()
export class PartnerRegistration implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopping = new AbortController();
  /** Ends when the next renewal may begin. */
  private turn: Promise<unknown> = Promise.resolve();
  /** The renewal that has not begun yet: whoever asks until then shares it. */
  private next?: Promise<void>;

  constructor(
    private readonly account: PartnerAccount,
    private readonly secrets: TrustedSecrets,
    private readonly log: Logger,
    health: Health,
  ) {
    if (account.exists) health.register('partner', async () => this.standing(), { required: false });
  }

  /** Nobody waits for it: the sandbox is ready without. */
  onApplicationBootstrap(): void {
    if (this.account.exists) void this.registerUntilDone();
  }

  beforeApplicationShutdown(): void {
    this.stopping.abort();
  }

  /** Reads the secrets anew: an endpoint was added, or its secret rotated. What fails leaves the known ones. */
  renew(): Promise<void> {
    if (!this.account.exists) return Promise.resolve();
    this.next ??= this.turn.then(() => {
      this.next = undefined;
      const reading = this.read();
      this.turn = Promise.all([reading, this.rest(RENEWAL_MS)]);
      return reading;
    });
    return this.next;
  }

  private standing(): CheckResult {
    return this.secrets.areKnown ? { ok: true } : { ok: false, detail: 'has no endpoint at the gateway yet' };
  }

  private async read(): Promise<void> {
    try {
      this.secrets.trust(await this.account.secrets());
    } catch (err) {
      this.log.warn({ err }, 'The secrets of the partner cannot be read anew');
    }
  }

  private async registerUntilDone(): Promise<void> {
    for (
      let pauseMs = FIRST_PAUSE_MS;
      !this.stopping.signal.aborted;
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)
    ) {
      try {
        const known = await this.account.secrets();
        this.secrets.trust(known.length > 0 ? known : [await this.account.register()]);
        this.log.info({ endpoints: Math.max(known.length, 1) }, 'The partner is registered at the gateway');
        return;
      } catch (err) {
        if (this.stopping.signal.aborted) return;
        this.log.warn({ err }, 'The partner cannot register at the gateway yet and tries again');
      }
      await this.rest(pauseMs);
    }
  }

  private rest(ms: number): Promise<void> {
    return wait(ms, undefined, { ref: false, signal: this.stopping.signal }).catch(() => undefined);
  }
}
