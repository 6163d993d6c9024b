import { withTrace } from '@hookshop/observability';
import { eventually } from '@hookshop/testing';
import { jest } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { orderPlacedData, OutboundUnderTest } from '../testing/outbound-under-test.js';
import { Receiver, status } from '../testing/receiver.js';

// Boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

const OF_FACT = '0af7651916cd43dd8448eb211c80319c';
const OF_CALLER = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('what is stated of a webhook attempt', () => {
  let shop: OutboundUnderTest;
  let receiver: Receiver;
  let operator: Receiver;

  beforeAll(async () => {
    shop = await OutboundUnderTest.start();
    [receiver, operator] = await Promise.all([Receiver.start(), Receiver.start()]);
    await shop.endpoint(operator.url, { eventTypes: ['delivery.*', 'endpoint.*'] });
  });
  afterAll(async () => {
    await Promise.all([receiver.stop(), operator.stop()]);
    await shop.stop();
  });

  const orderPlaced = async (): Promise<void> => {
    const orderId = uuidv7();
    await shop.farSide.state({
      type: 'order.placed.v1',
      subject: orderId,
      correlationId: orderId,
      traceparent: `00-${OF_FACT}-b7ad6b7169203331-01`,
      data: orderPlacedData(orderId),
    });
  };

  /** Has it sent now, as a request of somebody's does that rings the dispatcher. */
  const sendNow = (endpointId: string): Promise<void> =>
    withTrace({ traceparent: `00-${OF_CALLER}-00f067aa0ba902b7-01` }, () => shop.makeDue(endpointId));

  /** Trace id of the only fact of a type, as it came to the gateway again. */
  const traceOf = async (type: string): Promise<string> => {
    const [row] = await eventually(
      () =>
        shop.database.query<{ traceparent: string }>('SELECT traceparent FROM webhook_messages WHERE type = $1', [
          type,
        ]),
      (rows) => rows.length === 1,
    );
    return row!.traceparent.slice(3, 35);
  };

  it('goes on in the trace of the fact that was sent, whoever had it sent again', async () => {
    const { id } = await shop.endpoint(receiver.url, { retryScheduleSeconds: [3_600], eventTypes: ['order.*'] });
    receiver.answer = status(500);
    await orderPlaced();
    await eventually(
      () => shop.attempts(id),
      ({ length }) => length === 1,
    );
    await sendNow(id);

    expect(await traceOf('delivery.exhausted.v1')).toBe(OF_FACT);
    await shop.database.query(`UPDATE webhook_endpoints SET deleted_at = now() WHERE id = $1`, [id]);
  });

  it('begins a trace of its own when it is of the endpoint, not of one message', async () => {
    const { id } = await shop.endpoint(receiver.url, { retryScheduleSeconds: [3_600], eventTypes: ['order.*'] });
    receiver.answer = status(500);
    await orderPlaced();
    await eventually(
      () => shop.attempts(id),
      ({ length }) => length === 1,
    );
    receiver.answer = status(410);
    await sendNow(id);

    expect([OF_FACT, OF_CALLER]).not.toContain(await traceOf('endpoint.disabled.v1'));
  });
});
