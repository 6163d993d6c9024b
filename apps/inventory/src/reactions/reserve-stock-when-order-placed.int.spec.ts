import { cancelled, placed } from '../testing/order-facts.js';
import { inventoryForEach } from '../testing/start-inventory.js';
import { ReleaseStockWhenOrderCancelled } from './release-stock-when-order-cancelled.js';
import { ReserveStockWhenOrderPlaced } from './reserve-stock-when-order-placed.js';

describe('when orders are placed', () => {
  const inventory = inventoryForEach();

  const place = (...orders: ReturnType<typeof placed>[]): Promise<unknown> =>
    inventory().react(ReserveStockWhenOrderPlaced, ...orders);

  it('sets aside every line of an order and says so', async () => {
    const order = placed({ 'DOCK-01': 2, 'LAMP-01': 1 });

    await place(order);

    expect(await inventory().stock('DOCK-01')).toMatchObject({ available: 49_998, reserved: 2, version: 2 });
    expect(await inventory().stock('LAMP-01')).toMatchObject({ available: 19_999, reserved: 1 });
    const { orderId } = order.data;
    expect(await inventory().stated()).toEqual([
      {
        type: 'stock.reserved.v1',
        subject: orderId,
        sequence: 1,
        correlationId: orderId,
        causationId: order.id,
        data: {
          orderId,
          lines: [
            { sku: 'DOCK-01', quantity: 2 },
            { sku: 'LAMP-01', quantity: 1 },
          ],
        },
      },
    ]);
  });

  it('sets nothing aside when one line is short, and says what is missing', async () => {
    const order = placed({ 'DOCK-01': 2, 'RARE-01': 2, 'NEVER-01': 1 });

    await place(order);

    expect(await inventory().stock('DOCK-01')).toMatchObject({ available: 50_000, reserved: 0, version: 1 });
    expect(await inventory().statusOf(order)).toBe('rejected');
    expect(await inventory().stated()).toMatchObject([
      {
        type: 'stock.rejected.v1',
        causationId: order.id,
        data: {
          shortages: [
            { sku: 'RARE-01', requested: 2, available: 1 },
            { sku: 'NEVER-01', requested: 1, available: 0 },
          ],
        },
      },
    ]);
  });

  it('gives the last piece to the first of a batch', async () => {
    const [first, second] = [placed({ 'RARE-01': 1 }), placed({ 'RARE-01': 1 })];

    await place(first!, second!);

    expect([await inventory().statusOf(first!), await inventory().statusOf(second!)]).toEqual(['reserved', 'rejected']);
    expect(await inventory().stock('RARE-01')).toMatchObject({ available: 0, reserved: 1 });
    expect((await inventory().stated()).map(({ type, causationId }) => [type, causationId])).toEqual([
      ['stock.reserved.v1', first!.id],
      ['stock.rejected.v1', second!.id],
      ['stock.low.v1', first!.id],
    ]);
  });

  it('gives the last piece to one of two instances at once', async () => {
    const orders = [placed({ 'RARE-01': 1 }), placed({ 'RARE-01': 1 })];

    await Promise.all(orders.map((order) => place(order)));

    const statuses = await Promise.all(orders.map((order) => inventory().statusOf(order)));
    expect(statuses.sort()).toEqual(['rejected', 'reserved']);
    expect(await inventory().stock('RARE-01')).toMatchObject({ available: 0, reserved: 1 });
  });

  it('never sells more than there is, however many instances take batches of mixed orders at once', async () => {
    await Promise.all(['A', 'B', 'C'].map((sku) => inventory().list(sku, 40)));
    const mixtures: Record<string, number>[] = [{ A: 1, B: 2 }, { C: 2, A: 1 }, { B: 1, C: 1 }, { C: 3 }];
    const batches = Array.from({ length: 12 }, (_, n) =>
      mixtures.map((pieces, m) => placed(mixtures[(n + m) % 4] ?? pieces)),
    );

    await Promise.all(batches.map((batch) => place(...batch)));

    const reserved = await inventory().database.query<{ sku: string; pieces: number }>(
      `SELECT line.sku, sum(line.quantity)::int AS pieces
       FROM reservations, jsonb_to_recordset(lines) AS line (sku text, quantity int)
       WHERE status = 'reserved' GROUP BY line.sku ORDER BY line.sku`,
    );
    for (const { sku, pieces } of reserved) {
      expect(await inventory().stock(sku)).toMatchObject({ reserved: pieces, available: 40 - pieces });
    }
    expect(reserved).toHaveLength(3);
    const [decided] = await inventory().database.query(
      `SELECT count(*)::int AS all, count(*) FILTER (WHERE status = 'rejected')::int AS turned_away FROM reservations`,
    );
    expect(decided).toMatchObject({ all: 48, turned_away: expect.any(Number) });
    expect((decided as { turned_away: number }).turned_away).toBeGreaterThan(0);
  });

  it('reserves nothing for an order whose cancellation came first, and says nothing', async () => {
    const [order, next] = [placed({ 'RARE-01': 1 }), placed({ 'RARE-01': 1 })];
    await inventory().react(ReleaseStockWhenOrderCancelled, cancelled(order!));

    await place(order!, next!);

    expect(await inventory().statusOf(order!)).toBe('cancelled');
    expect(await inventory().statusOf(next!)).toBe('reserved');
    expect(await inventory().stock('RARE-01')).toMatchObject({ available: 0, reserved: 1 });
    expect((await inventory().stated()).map(({ data }) => data['orderId'])).not.toContain(order!.data.orderId);
  });

  it('leaves an order alone that it has decided already, in an earlier batch or in the same', async () => {
    const order = placed({ 'DOCK-01': 1 });
    const again = { ...order, id: placed({}).id };

    await place(order, again);
    await place(again);

    expect(await inventory().stock('DOCK-01')).toMatchObject({ reserved: 1 });
    expect((await inventory().stated()).map(({ causationId }) => causationId)).toEqual([order.id]);
  });

  it('says once that a product is low, and again when it recovered and falls again', async () => {
    await inventory().list('LOW-01', 10, 5);
    const [last, more] = [placed({ 'LOW-01': 2 }), placed({ 'LOW-01': 1 })];
    await place(placed({ 'LOW-01': 3 }), placed({ 'LOW-01': 1 }));
    expect((await inventory().stated()).filter(({ type }) => type === 'stock.low.v1')).toEqual([]);

    await place(last!);
    await place(more!);

    const low = (await inventory().stated()).filter(({ type }) => type === 'stock.low.v1');
    expect(low).toMatchObject([
      {
        subject: 'LOW-01',
        sequence: 3,
        causationId: last!.id,
        data: { sku: 'LOW-01', available: 4, threshold: 5 },
      },
    ]);

    await inventory().react(ReleaseStockWhenOrderCancelled, cancelled(last!), cancelled(more!));
    await place(placed({ 'LOW-01': 1 }));
    expect((await inventory().stated()).filter(({ type }) => type === 'stock.low.v1')).toHaveLength(2);
  });
});
