import { randomUUID } from 'node:crypto';
import { eventually } from '@hookshop/testing';
import { expressions, readingOf } from '../tools/observability/watching.js';
import { reactingServices } from './services.js';
import { ShopClient } from './shop-client.js';

/** What Prometheus adds by itself. */
const byPrometheus = ['job', 'instance', 'le'];
/** Made by Prometheus itself, and there only with a collector of traces. */
const elsewhere = ['up', 'trace_spans_total'];
/** Without labels, or counted only when something goes wrong. */
const oftenEmpty = /_ratio|overtaken|outbox_|carrier_refusals|replays|pending|confirmation|backlog|delay|redelivered/;

interface Family {
  services: Set<string>;
  /** Undefined as long as nothing was counted. */
  labels: Set<string> | undefined;
}

describe('what dashboards and alerts ask for', () => {
  const shop = ShopClient.ofRun();
  const families = new Map<string, Family>();

  beforeAll(async () => {
    const paid = await shop.place();
    const declined = await shop.place({ payment: 'pm_card_chargeDeclined' });
    await shop.becomes(declined, { status: 'cancelled' });
    const parcel = await shop.sandbox.parcelThat(paid, 'booked');
    await shop.sandbox.pickUp(parcel);
    await shop.sandbox.deliver(parcel);
    await shop.becomes(paid, { status: 'delivered' });
    await shop.rest();
    const malformed = { subject: randomUUID(), sequence: 1, orderId: randomUUID(), data: { nonsense: true } };
    await shop.state('product.price-changed.v1', malformed);
    await eventually(async () => {
      families.clear();
      for (const service of reactingServices) {
        read(service, await (await fetch(`${shop.shop.urls[service]}/metrics`)).text());
      }
      return (
        families.get('reaction_lag')?.labels !== undefined &&
        families.get('dead_letters')?.labels !== undefined &&
        families.get('webhook_endpoints')?.labels !== undefined
      );
    });
  });
  afterAll(async () => {
    for (const service of ['order', 'gateway']) {
      for (const { id, event } of await shop.deadLetters(service)) {
        if (event.type === 'product.price-changed.v1') await shop.call('DELETE', `/v1/dead-letters/${id}`);
      }
    }
    await shop.close();
  });

  function read(service: string, text: string): void {
    for (const [, name] of text.matchAll(/^# TYPE (\S+) /gm)) {
      const family = families.get(name!) ?? { services: new Set(), labels: undefined };
      family.services.add(service);
      families.set(name!, family);
    }
    for (const [, sample, labels] of text.matchAll(/^([a-z_:]+)\{(.*)\} \S+$/gm)) {
      const family = families.get(sample!) ?? families.get(sample!.replace(/_(?:bucket|sum|count)$/, ''))!;
      family.labels ??= new Set();
      for (const [, label] of labels!.matchAll(/(\w+)="/g)) family.labels.add(label!);
    }
  }

  const familyOf = (metric: string): Family | undefined =>
    families.get(metric) ?? families.get(metric.replace(/_(?:bucket|sum|count)$/, ''));

  it.each(expressions)('$where: the services have it, with its labels', ({ expr }) => {
    const { groupings, ...read } = readingOf(expr);
    const selectors = read.selectors.filter(({ metric }) => !elsewhere.includes(metric));
    const known = new Set(byPrometheus);
    for (const { metric, labels } of selectors) {
      const family = familyOf(metric);
      expect([metric, family?.services.size ?? 0]).not.toEqual([metric, 0]);
      const has = [...(family!.labels ?? labels), ...byPrometheus];
      for (const label of has) known.add(label);
      for (const label of labels) expect({ metric, has }).toEqual({ metric, has: expect.arrayContaining([label]) });
    }
    const isCounted = selectors.every(({ metric }) => familyOf(metric)!.labels !== undefined);
    if (isCounted && selectors.length > 0) expect([...known]).toEqual(expect.arrayContaining(groupings));
  });

  it('is what most of these were looked for in: few metrics had nothing counted', () => {
    const asked = new Set(expressions.flatMap(({ expr }) => readingOf(expr).selectors).map(({ metric }) => metric));
    const empty = [...asked].filter((metric) => !elsewhere.includes(metric) && !familyOf(metric)!.labels);

    expect(empty.filter((metric) => !oftenEmpty.test(metric))).toEqual([]);
  });
});
