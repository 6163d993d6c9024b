import { serverSentEvent } from './server-sent-event.js';

describe('serverSentEvent', () => {
  const fact = {
    id: 'f1',
    type: 'order.placed.v1',
    source: '/order',
    subject: 'o1',
    sequence: 1,
    time: '2026-01-01T00:00:00.000Z',
    correlationId: 'o1',
    streamSequence: 42,
    data: { note: 'two\nlines' },
  };

  it('carries the place in the stream, the type and the fact', () => {
    const [id, event, data, ...end] = serverSentEvent(fact).split('\n');

    expect([id, event, end]).toEqual(['id: 42', 'event: order.placed.v1', ['', '']]);
    expect(JSON.parse(data!.replace(/^data: /, ''))).toEqual({
      id: 'f1',
      type: 'order.placed.v1',
      source: '/order',
      time: '2026-01-01T00:00:00.000Z',
      orderId: 'o1',
      data: { note: 'two\nlines' },
    });
  });

  it('says null for a fact that belongs to no order', () => {
    expect(serverSentEvent({ ...fact, correlationId: undefined })).toContain('"orderId":null');
  });
});
