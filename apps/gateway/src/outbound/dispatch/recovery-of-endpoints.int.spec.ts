import { jest } from '@jest/globals';
import { eventually } from '@hookshop/testing';
import { OutboundUnderTest } from '../testing/outbound-under-test.js';
import { Receiver, status } from '../testing/receiver.js';

// Each boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

describe('an endpoint in trouble', () => {
  let shop: OutboundUnderTest;
  let receiver: Receiver;
  let operator: Receiver;

  beforeAll(async () => {
    shop = await OutboundUnderTest.start();
  });
  beforeEach(async () => {
    [receiver, operator] = await Promise.all([Receiver.start(), Receiver.start()]);
  });
  afterEach(async () => {
    await shop.database.query(`UPDATE webhook_endpoints SET deleted_at = now() WHERE deleted_at IS NULL`);
    await Promise.all([receiver.stop(), operator.stop()]);
  });
  afterAll(async () => {
    await shop.stop();
  });

  const attempted = (id: string, count: number) =>
    eventually(
      () => shop.attempts(id),
      (rows) => rows.length === count,
    );
  const endpointRow = async (id: string): Promise<{ status: string; disabled_reason: string | null }> =>
    (
      await shop.database.query<{ status: string; disabled_reason: string | null }>(
        `SELECT status, disabled_reason FROM webhook_endpoints WHERE id = $1`,
        [id],
      )
    )[0]!;
  const told = (type: string) =>
    eventually(() => operator.received.find(({ content }) => content.type === type)?.content.data);

  it('that says Retry-After is sent nothing until then, for every delivery and every instance', async () => {
    const { id } = await shop.endpoint(receiver.url);
    receiver.answer = status(429, { 'retry-after': '600' });
    await shop.orderPlaced();
    await attempted(id, 1);
    receiver.answer = status(204);
    await shop.orderPlaced();
    const rows = await eventually(
      () => shop.deliveries(id),
      (found) => found.length === 2,
    );

    expect(rows.map(({ status: state }) => state)).toEqual(['pending', 'pending']);
    expect((await shop.lane(id))['pausedForSeconds']).toBeGreaterThan(590);
    await shop.makeDue(id);
    const other = await shop.endpoint(operator.url);
    await shop.orderPlaced();
    await shop.settled(other.id, 1);
    expect(receiver.received).toHaveLength(1);

    await shop.ageLane(id, 'paused_until = now()');
    await shop.settled(id, 3);
  });

  it('that is gone is disabled, told of, and owed its deliveries still', async () => {
    const { id } = await shop.endpoint(receiver.url);
    await shop.endpoint(operator.url, { eventTypes: ['endpoint.*'] });
    receiver.answer = status(410);
    await shop.orderPlaced();
    await shop.settled(id, 1, 'held');
    await shop.orderPlaced();

    const rows = await shop.settled(id, 2, 'held');
    expect(rows.every(({ unresolved, dueInSeconds }) => unresolved && dueInSeconds === null)).toBe(true);
    expect(await endpointRow(id)).toEqual({ status: 'disabled', disabled_reason: 'gone' });
    expect(await told('endpoint.disabled.v1')).toMatchObject({ endpointId: id, partnerId: 'demo', reason: 'gone' });
    expect((await shop.attempts(id)).map(({ next }) => next)).toEqual(['disable']);
    expect(receiver.received).toHaveLength(1);
  });

  it('is told of the exhaustion of its deliveries, elsewhere, and keeps them', async () => {
    const { id } = await shop.endpoint(receiver.url, { retryScheduleSeconds: [60] });
    await shop.endpoint(operator.url, { eventTypes: ['delivery.*'] });
    receiver.answer = status(500);
    const factId = await shop.orderPlaced();
    await attempted(id, 1);
    await shop.makeDue(id);

    const [row] = await shop.settled(id, 1, 'exhausted');
    expect(row).toMatchObject({ attempts: 2, unresolved: true, dueInSeconds: null });
    expect(await told('delivery.exhausted.v1')).toMatchObject({
      deliveryId: row!.id,
      endpointId: id,
      webhookId: factId,
      type: 'order.placed.v1',
      attempts: 2,
      lastStatus: 500,
    });
  });

  it('has its circuit opened by failure after failure, is told of, and probed before it is sent more', async () => {
    const { id } = await shop.endpoint(receiver.url, { maxInFlight: 1, retryScheduleSeconds: [3_600] });
    await shop.endpoint(operator.url, { eventTypes: ['endpoint.circuit-opened.v1'] });
    receiver.answer = status(503);
    await shop.ordersPlaced(14);
    await eventually(
      () => shop.lane(id),
      (lane) => lane['circuit'] === 'open',
    );

    expect(receiver.received).toHaveLength(10);
    expect((await shop.lane(id))['probeInSeconds']).toBeGreaterThan(25);
    expect(await told('endpoint.circuit-opened.v1')).toMatchObject({ endpointId: id, attempts: 10, failed: 10 });
    // The last of them may be fanned out when the first have failed already.
    const all = await eventually(
      () => shop.deliveries(id),
      (rows) => rows.length === 14,
    );
    expect(all.filter(({ attempts }) => attempts === 0)).toHaveLength(4);

    // The probe: one, which fails; nothing else is sent, and the pause doubles.
    await shop.ageLane(id, 'probe_at = now()');
    await attempted(id, 11);
    await eventually(
      () => shop.lane(id),
      (lane) => lane['circuit'] === 'open' && Number(lane['probeInSeconds']) > 50,
    );

    receiver.answer = status(204);
    await shop.ageLane(id, 'probe_at = now()');
    await eventually(
      () => shop.deliveries(id),
      (rows) => rows.filter(({ status: state }) => state === 'delivered').length === 3,
    );
    expect((await shop.lane(id))['circuit']).toBe('closed');
  });

  it('is disabled when it has failed for five days', async () => {
    const { id } = await shop.endpoint(receiver.url);
    receiver.answer = status(500);
    await shop.orderPlaced();
    await attempted(id, 1);
    await shop.ageLane(id, `failing_since = now() - interval '5 days'`);
    await shop.makeDue(id);

    await shop.settled(id, 1, 'held');
    expect(await endpointRow(id)).toEqual({ status: 'disabled', disabled_reason: 'failing' });
    expect((await shop.attempts(id)).at(-1)).toMatchObject({ number: 2, next: 'disable' });
  });
});
