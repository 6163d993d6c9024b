import { randomUUID } from 'node:crypto';
import type { Logger } from '@hookshop/observability';
import type { Database } from '@hookshop/persistence';
import { loadTargets } from '../endpoints/target.js';
import type { Sealing } from '../sealing/sealing.js';
import { acquireDueLanes, acquireLanes, type AcquiredLane } from './acquire-lanes.js';
import type { DatabaseClock } from './database-clock.js';
import { Lane } from './lane.js';
import { releaseLanes, renewLanes } from './renew-lanes.js';
import { saveHealth } from './save-health.js';

/** A killed instance's lanes are anybody's after this. */
const LEASE_MS = 5_000;
/** Lanes without anything to send are kept for so long: the next fact then needs no look into the database. */
const IDLE_MS = 15_000;
const MOST_AT_ONCE = 200;

export interface LanesOptions {
  backlogPerSecond: number;
}

/** The lanes that this process holds, and how it gets, keeps and gives them back. */
export class Lanes {
  private readonly held = new Map<string, Lane>();
  private readonly holder = randomUUID();
  /** Until when the leases are ours for certain, however late the answer to a renewal comes. */
  private validUntil = new WeakMap<Lane, number>();

  constructor(
    private readonly database: Database,
    private readonly sealing: Sealing,
    private readonly clock: DatabaseClock,
    private readonly options: LanesOptions,
    private readonly log: Logger,
  ) {}

  get all(): Iterable<Lane> {
    return this.held.values();
  }

  get(endpointId: string): Lane | undefined {
    return this.held.get(endpointId);
  }

  /** The lease is this process's for certain. */
  isMine(lane: Lane): boolean {
    return this.held.get(lane.endpointId) === lane && performance.now() < (this.validUntil.get(lane) ?? 0);
  }

  /** Takes those that are free; answers the lanes it got. */
  acquire(endpointIds: readonly string[]): Promise<Lane[]> {
    return this.takeOver(() => acquireLanes(this.database, this.holder, LEASE_MS, endpointIds));
  }

  /** Takes what is free and has something to send. */
  acquireDue(): Promise<Lane[]> {
    return this.takeOver(() => acquireDueLanes(this.database, this.holder, LEASE_MS, MOST_AT_ONCE));
  }

  /** Keeps what is in use, gives back what is not, forgets what somebody else has; answers those whose settings changed. */
  async renew(): Promise<Lane[]> {
    const now = this.clock.now();
    const mine = [...this.held.values()];
    for (const lane of mine) if (!lane.isIdle(now)) lane.idleSince = now;
    await this.release(mine.filter((lane) => now - lane.idleSince > IDLE_MS));
    const kept = [...this.held.values()];
    if (kept.length === 0) return [];
    const asked = performance.now();
    const renewed = new Map((await renewLanes(this.database, LEASE_MS, kept)).map((row) => [row.endpointId, row]));
    const changed: Lane[] = [];
    for (const lane of kept) {
      const row = renewed.get(lane.endpointId);
      if (!row) {
        this.log.warn({ endpointId: lane.endpointId }, 'A webhook lane was taken over by another instance');
        this.forget(lane);
        continue;
      }
      this.clock.set(row.now);
      this.validUntil.set(lane, asked + LEASE_MS);
      const { version, signersUntil } = lane.target;
      if (row.version !== version || (signersUntil !== null && signersUntil <= row.now)) changed.push(lane);
    }
    await this.saveHealth(kept.filter((lane) => lane.dirty));
    return changed;
  }

  /** Reads the endpoints' settings anew. A lane whose endpoint wants nothing more, or another form, is given back. */
  async reload(lanes: readonly Lane[]): Promise<void> {
    const targets = await loadTargets(
      this.database,
      this.sealing,
      lanes.map(({ endpointId }) => endpointId),
    );
    const ended: Lane[] = [];
    for (const lane of lanes) {
      const target = targets.get(lane.endpointId);
      const { format, payload, ordering } = lane.target;
      const isSameForm = target?.format === format && target.payload === payload && target.ordering === ordering;
      if (target?.status === 'enabled' && isSameForm) lane.change(target, this.clock.now());
      else ended.push(lane);
    }
    await this.release(ended);
  }

  /** What was claimed and is not settled is anybody's at once. */
  async release(lanes: readonly Lane[]): Promise<void> {
    if (lanes.length === 0) return;
    for (const lane of lanes) this.forget(lane);
    await this.saveHealth(lanes.filter((lane) => lane.dirty));
    await releaseLanes(this.database, lanes);
  }

  private async takeOver(take: () => Promise<AcquiredLane[]>): Promise<Lane[]> {
    const asked = performance.now();
    const acquired = await take();
    if (acquired.length === 0) return [];
    const targets = await loadTargets(
      this.database,
      this.sealing,
      acquired.map(({ endpointId }) => endpointId),
    );
    const unwanted: AcquiredLane[] = [];
    const lanes: Lane[] = [];
    for (const taken of acquired) {
      this.clock.set(taken.now);
      const target = targets.get(taken.endpointId);
      if (target?.status !== 'enabled') {
        unwanted.push(taken);
        continue;
      }
      const lane = new Lane(taken, target, this.options.backlogPerSecond, this.clock.now());
      this.held.set(lane.endpointId, lane);
      this.validUntil.set(lane, asked + LEASE_MS);
      lanes.push(lane);
    }
    if (unwanted.length > 0) await releaseLanes(this.database, unwanted);
    return lanes;
  }

  private async saveHealth(lanes: readonly Lane[]): Promise<void> {
    if (lanes.length === 0) return;
    await this.database.transaction((tx) =>
      saveHealth(
        tx,
        lanes.map(({ endpointId, epoch, health }) => ({ endpointId, epoch, health: health.stored() })),
      ),
    );
    for (const lane of lanes) lane.dirty = false;
  }

  private forget(lane: Lane): void {
    if (this.held.get(lane.endpointId) === lane) this.held.delete(lane.endpointId);
  }
}
