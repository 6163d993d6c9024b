import type { Metrics } from '@hookshop/observability';
import type { Database } from '@hookshop/persistence';
import type { AttemptOutcome } from '../sending/attempt.js';
import type { Lane } from './lane.js';
import { countEndpoints, longestDelay } from './survey-endpoints.js';

const SAMPLE_MS = 15_000;

/** How webhooks fare, for Prometheus. The backlog of an endpoint is told by the instance that has its lane. */
export class DispatchMetrics {
  private readonly attempts;
  private readonly seconds;
  private readonly backlog;
  private readonly age;
  private readonly delay;
  private readonly endpoints;
  private readonly circuits;
  private timer?: NodeJS.Timeout;

  constructor(
    metrics: Metrics,
    private readonly database: Database,
    private readonly lanes: () => Iterable<Lane>,
  ) {
    this.attempts = metrics.counter({
      name: 'webhook_attempts_total',
      help: 'Webhook attempts by outcome (delivered, or the class of the failure)',
      labelNames: ['outcome'],
    });
    this.seconds = metrics.histogram({
      name: 'webhook_attempt_seconds',
      help: 'From the start of a webhook attempt to the last byte of its response, or its failure',
      labelNames: ['outcome'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30],
    });
    this.backlog = metrics.gauge({
      name: 'webhook_backlog',
      help: 'Pending deliveries of an endpoint whose lane this instance has',
      labelNames: ['endpoint'],
    });
    this.age = metrics.gauge({
      name: 'webhook_backlog_age_seconds',
      help: 'For how long the oldest due delivery of an endpoint has been due',
      labelNames: ['endpoint'],
    });
    this.delay = metrics.gauge({
      name: 'webhook_delay_seconds',
      help: 'For how long a delivery has been due that nothing keeps from going out; every instance tells the same',
    });
    this.endpoints = metrics.gauge({
      name: 'webhook_endpoints',
      help: 'Endpoints by status, and why those are disabled that are; every instance tells the same',
      labelNames: ['status', 'reason'],
    });
    this.circuits = metrics.gauge({
      name: 'webhook_circuits',
      help: 'Enabled endpoints by the state of their circuit; every instance tells the same',
      labelNames: ['state'],
    });
  }

  attempted({ outcome, error, durationMs }: AttemptOutcome): void {
    this.attempts.inc({ outcome: error?.class ?? outcome });
    this.seconds.observe({ outcome }, durationMs.total / 1_000);
  }

  start(): void {
    const sample = () => void this.sample().catch(() => undefined);
    sample();
    this.timer = setInterval(sample, SAMPLE_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  async sample(): Promise<void> {
    await Promise.all([this.sampleBacklogs(), this.sampleEndpoints()]);
  }

  private async sampleBacklogs(): Promise<void> {
    const lanes = [...this.lanes()];
    const rows = await this.database.query<{ endpoint_id: string; pending: number; age: number | null }>(
      `SELECT endpoint_id, count(*)::int AS pending, extract(epoch FROM now() - min(due_at))::float AS age
       FROM webhook_queue WHERE endpoint_id = ANY($1::uuid[]) GROUP BY endpoint_id`,
      [lanes.map(({ endpointId }) => endpointId)],
    );
    // What another instance has by now must not be told by this one as well.
    this.backlog.reset();
    this.age.reset();
    for (const { endpoint_id: endpoint, pending, age } of rows) {
      this.backlog.set({ endpoint }, pending);
      this.age.set({ endpoint }, Math.max(0, age ?? 0));
    }
  }

  private async sampleEndpoints(): Promise<void> {
    const [groups, delay] = await Promise.all([countEndpoints(this.database), longestDelay(this.database)]);
    this.delay.set(delay);
    // A group that is empty now is told as such: an alert must see it become less.
    for (const [status, reason] of statuses) this.endpoints.set({ status, reason }, 0);
    for (const state of circuits) this.circuits.set({ state }, 0);
    for (const { status, reason, circuit, endpoints } of groups) {
      this.endpoints.inc({ status, reason }, endpoints);
      if (status === 'enabled') this.circuits.inc({ state: circuit }, endpoints);
    }
  }
}

const circuits = ['closed', 'open', 'probing'] as const;
const statuses = [
  ['enabled', ''],
  ['unverified', ''],
  ['disabled', 'manual'],
  ['disabled', 'gone'],
  ['disabled', 'failing'],
] as const;
