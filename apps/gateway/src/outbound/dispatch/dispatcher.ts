import { Periodic, Transactions, Work } from '@hookshop/messaging';
import { continueTrace, Logger, Metrics, Tracer, withoutTrace } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import { GatewayConfig } from '../../gateway.config.js';
import { DispatchSignals, type DispatchSignal } from '../dispatch-signals.js';
import { holdDeliveries } from '../endpoints/hold-deliveries.js';
import { outgoingRequest } from '../endpoints/outgoing-request.js';
import { Sealing } from '../sealing/sealing.js';
import type { Attempted } from './attempted.js';
import { claimDeliveries } from './claim-deliveries.js';
import { Connections } from './connections.js';
import { DatabaseClock } from './database-clock.js';
import { DispatchMetrics } from './dispatch-metrics.js';
import type { DueDelivery } from './due-delivery.js';
import { judgeAttempt } from './judge-attempt.js';
import type { Lane } from './lane.js';
import { Lanes } from './lanes.js';
import { Settlement } from './settlement.js';
import { SingleFlight } from './single-flight.js';
import { tellAttempt } from './tell-attempt.js';

const LOOK_MS = 1_000;
const STOP_MS = 10_000;
/** While more outcomes than this wait for the database, nothing new is sent: each of them would be sent again after a crash. */
const MOST_UNSETTLED = 4_000;

/** A delivery that was committed a moment ago. */
export type FreshDelivery = Omit<DueDelivery, 'tries' | 'paced'> & { claimedEpoch: number | null };

/**
 * Sends what is due. Of each endpoint one instance at a time has the lane, so that what an endpoint may be asked to
 * bear, its order and its health need no coordination for each delivery. Slots become free one by one; nothing waits
 * for a batch, and no endpoint for another.
 */
@Injectable()
export class Dispatcher extends Work {
  private readonly clock = new DatabaseClock();
  private readonly lanes: Lanes;
  private readonly connections: Connections;
  private readonly settlement: Settlement;
  private readonly periodic: Periodic;
  private readonly metrics: DispatchMetrics;
  private readonly claiming = new SingleFlight(() => this.claim());
  private readonly acquiring = new SingleFlight(() => this.acquireWanted());
  private readonly reloading = new SingleFlight(() => this.reloadChanged());
  private readonly wanted = new Set<string>();
  private readonly changed = new Set<string>();
  /** Lanes that could send if this process had the capacity. */
  private readonly blocked = new Set<Lane>();
  private readonly alarms = new Map<Lane, NodeJS.Timeout>();
  private readonly underWay = new Set<Promise<void>>();
  private running = false;

  constructor(
    private readonly database: Database,
    transactions: Transactions,
    sealing: Sealing,
    private readonly config: GatewayConfig,
    private readonly signals: DispatchSignals,
    private readonly log: Logger,
    private readonly tracer: Tracer,
    metrics: Metrics,
  ) {
    super();
    const { webhookBacklogPerSecond, webhookAllowHttp, webhookAllowedPrivateHosts } = config;
    this.lanes = new Lanes(database, sealing, this.clock, { backlogPerSecond: webhookBacklogPerSecond }, log);
    this.connections = new Connections({
      allowHttp: webhookAllowHttp,
      allowedPrivateHosts: webhookAllowedPrivateHosts,
    });
    this.settlement = new Settlement(
      transactions,
      log,
      (attempts) => this.settled(attempts),
      ({ lane }) => void this.lanes.release([lane]).catch(() => undefined),
      () => new Date(this.clock.now()),
    );
    this.periodic = new Periodic('Looking for due webhooks', LOOK_MS, () => this.look(), log);
    this.metrics = new DispatchMetrics(metrics, database, () => this.lanes.all);
    // Whoever rings does not send: what is sent, and stated of it, belongs to the traces of the facts.
    signals.listen((signal) => withoutTrace(() => this.hear(signal)));
  }

  start(): void {
    this.running = true;
    this.periodic.start();
    this.metrics.start();
  }

  /** Begins nothing new, lets attempts finish and records them; what is not over in time is for the next holder. */
  async stop(): Promise<void> {
    this.running = false;
    this.metrics.stop();
    await this.periodic.stop();
    for (const alarm of this.alarms.values()) clearTimeout(alarm);
    const over = Promise.all(this.underWay).then(() => this.settlement.drained());
    await Promise.race([over, new Promise((resolve) => setTimeout(resolve, STOP_MS).unref())]);
    this.settlement.stop();
    await this.lanes.release([...this.lanes.all]).catch((error: unknown) => {
      this.log.warn({ err: error }, 'Webhook lanes could not be given back; their leases will end');
    });
    this.connections.keep(new Set());
  }

  /** Lanes that take new deliveries from memory, by endpoint: their epochs. */
  lanesWithRoom(): Map<string, number> {
    const now = this.clock.now();
    const found = new Map<string, number>();
    if (!this.running) return found;
    for (const lane of this.lanes.all) {
      if (lane.hasRoom(now) && this.lanes.isMine(lane)) found.set(lane.endpointId, lane.epoch);
    }
    return found;
  }

  /** Sends what was just committed at once. */
  accept(deliveries: readonly FreshDelivery[]): void {
    withoutTrace(() => this.takeUp(deliveries));
  }

  private takeUp(deliveries: readonly FreshDelivery[]): void {
    const taken = new Set<Lane>();
    const due = new Set<string>();
    for (const { claimedEpoch, ...delivery } of deliveries) {
      const lane = this.lanes.get(delivery.endpointId);
      if (claimedEpoch === null || lane?.epoch !== claimedEpoch) {
        due.add(delivery.endpointId);
        continue;
      }
      lane.take({ ...delivery, tries: 0, paced: false });
      taken.add(lane);
    }
    for (const lane of taken) this.pump(lane);
    if (due.size > 0) this.hear({ due: [...due] });
  }

  private hear({ changed = [], due = [] }: DispatchSignal): void {
    if (!this.running) return;
    for (const id of changed) this.changed.add(id);
    if (changed.length > 0) this.reloading.run();
    for (const id of due) {
      const lane = this.lanes.get(id);
      if (lane) lane.lookAgain();
      else this.wanted.add(id);
    }
    this.claiming.run();
    if (this.wanted.size > 0) this.acquiring.run();
  }

  /** Keeps the leases, and finds what nobody told of: retries whose time has come, and what a crash left behind. */
  private async look(): Promise<void> {
    const changed = await this.lanes.renew();
    if (changed.length > 0) await this.lanes.reload(changed);
    const acquired = await this.lanes.acquireDue();
    this.connections.keep(new Set([...this.lanes.all].map(({ endpointId }) => endpointId)));
    for (const lane of this.lanes.all) lane.lookAgain();
    this.claiming.run();
    for (const lane of [...this.lanes.all, ...acquired]) this.pump(lane);
  }

  private async acquireWanted(): Promise<void> {
    const ids = [...this.wanted];
    this.wanted.clear();
    if (ids.length === 0 || !this.running) return;
    await this.lanes.acquire(ids);
    const elsewhere = ids.filter((id) => !this.lanes.get(id));
    if (elsewhere.length > 0) this.signals.tellOthers({ due: elsewhere });
    this.claiming.run();
  }

  private async reloadChanged(): Promise<void> {
    const lanes = [...this.changed].flatMap((id) => this.lanes.get(id) ?? []);
    this.changed.clear();
    if (lanes.length === 0) return;
    await this.lanes.reload(lanes);
    for (const lane of lanes) {
      if (this.lanes.get(lane.endpointId)) this.pump(lane);
      else this.wanted.add(lane.endpointId);
    }
    if (this.wanted.size > 0) this.acquiring.run();
  }

  private async claim(): Promise<void> {
    if (!this.running) return;
    const now = this.clock.now();
    const asked = [...this.lanes.all]
      .filter((lane) => this.lanes.isMine(lane))
      .flatMap((lane) => lane.claims(now) ?? []);
    if (asked.length === 0) return;
    for (const request of asked) this.lanes.get(request.endpointId)!.asks(request);
    const byEndpoint = Map.groupBy(await claimDeliveries(this.database, asked), ({ endpointId }) => endpointId);
    for (const request of asked) {
      const lane = this.lanes.get(request.endpointId);
      if (lane?.epoch !== request.epoch) continue;
      lane.claimed(request, byEndpoint.get(request.endpointId) ?? []);
      this.pump(lane);
    }
  }

  /** Sends as much of a lane as it may. */
  private pump(lane: Lane): void {
    while (this.running && this.lanes.isMine(lane)) {
      if (!this.hasCapacity(lane)) {
        this.blocked.add(lane);
        return;
      }
      const next = lane.next(this.clock.now());
      if ('waitMs' in next) {
        this.wakeLater(lane, next.waitMs);
        break;
      }
      this.send(lane, next);
    }
    if (lane.claims(this.clock.now())) this.claiming.run();
  }

  /** The first slot of an endpoint is always let through: however many are slow, none is shut out. */
  private hasCapacity(lane: Lane): boolean {
    if (this.settlement.size >= MOST_UNSETTLED) return false;
    return lane.inFlight === 0 || this.underWay.size < this.config.webhookConcurrency;
  }

  private wakeLater(lane: Lane, waitMs: number): void {
    if (this.alarms.has(lane) || waitMs > LOOK_MS) return;
    const alarm = setTimeout(() => {
      this.alarms.delete(lane);
      this.pump(lane);
    }, Math.ceil(waitMs));
    this.alarms.set(lane, alarm.unref());
  }

  private send(lane: Lane, delivery: DueDelivery): void {
    lane.inFlight += 1;
    const startedAt = new Date(this.clock.now());
    const { messageId: id, body } = delivery;
    const request = outgoingRequest(lane.target, { id, body }, startedAt);
    const attempt = this.connections
      .to(lane.target)
      .send(request)
      .then((outcome) => {
        lane.inFlight -= 1;
        this.underWay.delete(attempt);
        const sent = { lane, delivery, startedAt, outcome, traceparent: this.spanFor(delivery) };
        this.attempted(judgeAttempt(sent, { now: this.clock.now(), random: Math.random() }));
        this.pump(lane);
        this.unblock();
      });
    this.underWay.add(attempt);
  }

  private spanFor({ traceparent }: DueDelivery): string | undefined {
    const parent = traceparent ?? undefined;
    return this.tracer.records(parent) ? continueTrace(parent) : undefined;
  }

  private attempted(attempt: Attempted): void {
    this.metrics.attempted(attempt.outcome);
    tellAttempt(attempt, this.log, this.tracer);
    this.settlement.add(attempt);
  }

  /** Capacity goes to who uses least of it. */
  private unblock(): void {
    if (this.blocked.size === 0) return;
    const lanes = [...this.blocked].sort((a, b) => a.inFlight - b.inFlight);
    this.blocked.clear();
    for (const lane of lanes) this.pump(lane);
  }

  private settled(attempts: readonly Attempted[]): void {
    for (const { lane, disable } of attempts) {
      if (disable) void this.hold(lane, disable);
      // The next of the key may go.
      else if (lane.target.ordering === 'per-key') lane.lookAgain();
    }
    this.unblock();
    this.claiming.run();
  }

  private async hold(lane: Lane, reason: 'gone' | 'failing'): Promise<void> {
    const { endpointId, target } = lane;
    this.log.warn({ endpointId, partnerId: target.partnerId, reason }, 'A webhook endpoint is disabled');
    try {
      await this.lanes.release([lane]);
      await holdDeliveries(this.database, endpointId);
    } catch (error) {
      this.log.warn({ err: error, endpointId }, 'Deliveries of a disabled endpoint are held later');
    }
  }
}
