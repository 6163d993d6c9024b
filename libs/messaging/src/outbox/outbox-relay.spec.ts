import { jest } from '@jest/globals';
import { currentTrace, Metrics, Tracer, withTrace } from '@hookshop/observability';
import { eventually } from '@hookshop/testing';
import { OutboxRelay } from './outbox-relay.js';

const envelope = (id: string, trace: string) => ({
  id,
  subject: 'shop.sample.noted.v1',
  headers: {
    'ce-type': 'sample.noted.v1',
    'ce-correlationid': `order of ${id}`,
    traceparent: `00-${trace.repeat(32)}-b7ad6b7169203331-00`,
  },
  payload: '{}',
});

describe('OutboxRelay', () => {
  it('tells of each fact in its own trace, whoever handed over which', async () => {
    const told: unknown[] = [];
    const log = { error: (line: object) => told.push({ ...line, within: currentTrace() }) };
    const publish = jest.fn(() => Promise.reject(new Error('maximum payload exceeded')));
    const database = { query: async () => [] };
    const relay = new OutboxRelay(
      { current: { jetstream: { publish } } } as never,
      database as never,
      log as never,
      new Metrics(),
      new Tracer(),
    );

    withTrace({ traceparent: 'of a caller', correlationId: 'another order' }, () =>
      relay.offer([envelope('one', 'a'), envelope('two', 'b')]),
    );

    await eventually(() => told.length === 2);
    expect(told).toEqual(
      [
        ['one', 'a'],
        ['two', 'b'],
      ].map(([eventId, trace]) => ({
        err: expect.any(Error),
        eventId,
        eventType: 'sample.noted.v1',
        correlationId: `order of ${eventId}`,
        traceId: trace!.repeat(32),
        within: undefined,
      })),
    );
  });

  it('is done with what it was to bring, whatever it is given meanwhile', async () => {
    const taken: string[] = [];
    const publish = (_subject: string, _payload: unknown, { msgID }: { msgID: string }) => {
      taken.push(msgID);
      return msgID === 'never' ? new Promise(() => undefined) : Promise.resolve({ duplicate: false });
    };
    const relay = new OutboxRelay(
      { current: { jetstream: { publish } }, hasPublished: () => undefined } as never,
      { query: async () => [] } as never,
      { error: () => undefined } as never,
      new Metrics(),
      new Tracer(),
    );

    relay.offer([envelope('never', 'a')]);
    await relay.bring([envelope('one', 'a'), envelope('two', 'b')]);

    expect(taken).toEqual(['never', 'one', 'two']);
    expect(relay.size).toBe(1);
  });
});
