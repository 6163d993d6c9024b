import type { Target } from '../endpoints/target.js';
import type { AcquiredLane } from './acquire-lanes.js';
import type { ClaimingLane } from './claim-deliveries.js';
import type { DueDelivery } from './due-delivery.js';
import { Health } from './health.js';
import { RateLimiter } from './rate-limiter.js';

/** Deliveries in hand for each slot, so that a claim is not a query for each. */
const AHEAD_PER_SLOT = 4;
const LEAST_AHEAD = 32;

/** Everything due to one endpoint, while this process holds its lease. Decides what goes out next, and when. */
export class Lane {
  readonly health: Health;
  readonly epoch: number;
  inFlight = 0;
  /** Its health was changed and is not stored yet. */
  dirty = false;
  idleSince: number;
  private readonly live: DueDelivery[] = [];
  private readonly paced: DueDelivery[] = [];
  /** Of which kind there may be due deliveries in the database that are not in hand. */
  private more = { live: true, paced: true };
  private limiter?: RateLimiter;
  private pacer: RateLimiter;

  /** @param now on the database's clock, as everywhere here */
  constructor(
    { epoch, health }: AcquiredLane,
    public target: Target,
    backlogPerSecond: number,
    now: number,
  ) {
    this.epoch = epoch;
    this.health = new Health(health);
    this.idleSince = now;
    this.pacer = new RateLimiter(backlogPerSecond, now);
    this.limit(now);
  }

  get endpointId(): string {
    return this.target.id;
  }

  /** Nothing is in hand, and nothing is to be looked for now. */
  isIdle(now: number): boolean {
    return this.isEmpty && !(this.mayHaveMore && this.isOpen(now));
  }

  /** Something became due, or may have, that is not in hand. */
  lookAgain(): void {
    this.more = { live: true, paced: true };
  }

  /** What is new for it may be handed over without a look into the database, behind which nothing older waits. */
  hasRoom(now: number): boolean {
    return !this.more.live && this.isOpen(now) && this.target.ordering === 'none' && this.live.length < this.ahead;
  }

  /** What to claim now; undefined: nothing. */
  claims(now: number): ClaimingLane | undefined {
    if (!this.mayHaveMore || !this.isOpen(now)) return undefined;
    const live = this.more.live ? this.roomIn(this.live) : 0;
    const paced = this.more.paced ? this.roomIn(this.paced) : 0;
    if (live + paced === 0) return undefined;
    const { format, payload } = this.target;
    return { endpointId: this.endpointId, epoch: this.epoch, format, payload, live, paced };
  }

  /** The database is about to look: what becomes due from now on is told of again. */
  asks({ live, paced }: ClaimingLane): void {
    if (live > 0) this.more.live = false;
    if (paced > 0) this.more.paced = false;
  }

  /** What a claim brought; less than it asked for is all there was. */
  claimed(asked: ClaimingLane, deliveries: readonly DueDelivery[]): void {
    for (const delivery of deliveries) this.take(delivery);
    const paced = deliveries.filter((delivery) => delivery.paced).length;
    if (asked.live > 0 && deliveries.length - paced === asked.live) this.more.live = true;
    if (asked.paced > 0 && paced === asked.paced) this.more.paced = true;
    if (!this.mayHaveMore && this.isEmpty && this.health.isRecovering && this.health.circuit === 'closed') {
      this.health.recovered();
      this.dirty = true;
    }
  }

  take(delivery: DueDelivery): void {
    (delivery.paced ? this.paced : this.live).push(delivery);
  }

  /** The endpoint wants something else from now on; what is in hand in another form must be claimed anew. */
  change(target: Target, now: number): void {
    this.target = target;
    this.limit(now);
  }

  /** The next delivery to be sent, or how long to wait for one; forever when something else must happen first. */
  next(now: number): DueDelivery | { waitMs: number } {
    if (this.target.status !== 'enabled' || this.inFlight >= this.target.maxInFlight) return { waitMs: Infinity };
    if (this.live.length + this.paced.length === 0) return { waitMs: Infinity };
    const rest = Math.max(this.health.wait(now), this.limiter?.wait(now) ?? 0);
    if (rest > 0) return { waitMs: rest };
    if (this.health.circuit !== 'closed') return this.probe(now);
    const queue = this.live.length > 0 ? this.live : this.paced;
    const isPaced = queue === this.paced || this.health.isRecovering;
    const pace = isPaced ? this.pacer.wait(now) : 0;
    if (pace > 0) return { waitMs: pace };
    if (isPaced) this.pacer.take(now);
    this.limiter?.take(now);
    return queue.shift()!;
  }

  private probe(now: number): DueDelivery | { waitMs: number } {
    if (this.inFlight > 0 || this.health.circuit === 'probing') return { waitMs: Infinity };
    this.health.probe();
    this.dirty = true;
    this.limiter?.take(now);
    return (this.live.shift() ?? this.paced.shift())!;
  }

  private get mayHaveMore(): boolean {
    return this.more.live || this.more.paced;
  }

  private get isEmpty(): boolean {
    return this.live.length + this.paced.length + this.inFlight === 0;
  }

  /** Nothing waits for a pause or a probe to be over. */
  private isOpen(now: number): boolean {
    return this.target.status === 'enabled' && this.health.circuit !== 'probing' && this.health.wait(now) === 0;
  }

  private get ahead(): number {
    return Math.max(LEAST_AHEAD, AHEAD_PER_SLOT * this.target.maxInFlight);
  }

  /** Asked for by halves: a claim for one more delivery is hardly cheaper than one for fifty. */
  private roomIn(queue: readonly DueDelivery[]): number {
    const room = this.ahead - queue.length;
    return room >= this.ahead / 2 ? room : 0;
  }

  private limit(now: number): void {
    const { maxPerSecond } = this.target;
    if (maxPerSecond === this.limiter?.perSecond) return;
    this.limiter = maxPerSecond === null ? undefined : new RateLimiter(maxPerSecond, now + 1_000 / maxPerSecond);
  }
}
