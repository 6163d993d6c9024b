import { readMessage } from './read-message.js';

const read = (body: unknown) => readMessage(JSON.stringify(body));

describe('readMessage', () => {
  it('reads what Standard Webhooks describes', () => {
    const data = { orderId: 'o-1', totalInCents: 9900 };

    expect(read({ type: 'order.placed.v1', timestamp: '2026-01-01T00:00:00Z', data })).toEqual({
      type: 'order.placed.v1',
      orderId: 'o-1',
      timestamp: '2026-01-01T00:00:00Z',
      data,
    });
  });

  it('reads a CloudEvent, whose order may be told without its data', () => {
    const event = { specversion: '1.0', type: 'order.placed.v1', time: '2026-01-01T00:00:00Z', correlationid: 'o-1' };

    expect(read(event)).toEqual({
      type: 'order.placed.v1',
      orderId: 'o-1',
      timestamp: '2026-01-01T00:00:00Z',
      data: null,
    });
    expect(read({ ...event, data: { orderId: 'o-2' } })).toMatchObject({ orderId: 'o-2', data: { orderId: 'o-2' } });
  });

  it.each([[1], ['o\u0000'], ['x'.repeat(201)], [null], [{}]])('knows no order %j', (orderId) => {
    expect(read({ type: 'order.placed.v1', data: { orderId } })).toMatchObject({ orderId: null });
  });

  it.each([[null], [[]], ['text'], [{}], [{ type: 1 }], [{ type: '' }], [{ type: 'a\u0000b' }]])(
    'takes %j for no message',
    (body) => {
      expect(read(body)).toBeUndefined();
    },
  );

  it('takes what is not JSON for no message', () => {
    expect(readMessage('{"type":')).toBeUndefined();
    expect(readMessage('')).toBeUndefined();
  });
});
