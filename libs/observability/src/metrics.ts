import {
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  Registry,
  type CounterConfiguration,
  type GaugeConfiguration,
  type HistogramConfiguration,
  type Metric,
} from 'prom-client';

/** The process's Prometheus instruments. Asking for a name again returns the instrument that has it. */
export class Metrics {
  readonly registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  counter<L extends string = never>(options: CounterConfiguration<L>): Counter<L> {
    return this.known(options.name, Counter<L>) ?? new Counter({ ...options, registers: [this.registry] });
  }

  gauge<L extends string = never>(options: GaugeConfiguration<L>): Gauge<L> {
    return this.known(options.name, Gauge<L>) ?? new Gauge({ ...options, registers: [this.registry] });
  }

  histogram<L extends string = never>(options: HistogramConfiguration<L>): Histogram<L> {
    return this.known(options.name, Histogram<L>) ?? new Histogram({ ...options, registers: [this.registry] });
  }

  private known<M extends Metric>(name: string, kind: abstract new (...args: never[]) => M): M | undefined {
    const metric: unknown = this.registry.getSingleMetric(name);
    if (metric === undefined || metric instanceof kind) return metric as M | undefined;
    throw new Error(`The metric ${name} exists already and is not a ${kind.name}.`);
  }
}
