import { Unprocessable } from '@hookshop/messaging';
import { cancelled, confirmed, placed } from '../testing/order-facts.js';
import { inventoryForEach } from '../testing/start-inventory.js';
import { CommitStockWhenOrderConfirmed } from './commit-stock-when-order-confirmed.js';
import { ReleaseStockWhenOrderCancelled } from './release-stock-when-order-cancelled.js';
import { ReserveStockWhenOrderPlaced } from './reserve-stock-when-order-placed.js';

describe('when orders are confirmed', () => {
  const inventory = inventoryForEach();

  const place = (...orders: ReturnType<typeof placed>[]): Promise<unknown> =>
    inventory().react(ReserveStockWhenOrderPlaced, ...orders);
  const confirm = (...facts: ReturnType<typeof confirmed>[]): Promise<unknown> =>
    inventory().react(CommitStockWhenOrderConfirmed, ...facts);
  const cancel = (...facts: ReturnType<typeof cancelled>[]): Promise<unknown> =>
    inventory().react(ReleaseStockWhenOrderCancelled, ...facts);

  it('turns what was set aside into sold pieces, and states nothing', async () => {
    const orders = [placed({ 'DOCK-01': 2 }), placed({ 'DOCK-01': 1, 'LAMP-01': 4 }), placed({ 'DOCK-01': 5 })];
    await place(...orders);
    const before = await inventory().stated();

    await confirm(confirmed(orders[0]!), confirmed(orders[1]!));

    expect(await inventory().stock('DOCK-01')).toMatchObject({ available: 49_992, reserved: 5, committed: 3 });
    expect(await inventory().stock('LAMP-01')).toMatchObject({ available: 19_996, reserved: 0, committed: 4 });
    expect(await inventory().stated()).toEqual(before);
  });

  it('changes nothing for an order that is committed already', async () => {
    const order = placed({ 'DOCK-01': 2 });
    await place(order);

    await confirm(confirmed(order), { ...confirmed(order), id: order.id });
    await confirm(confirmed(order));

    expect(await inventory().stock('DOCK-01')).toMatchObject({ reserved: 0, committed: 2, version: 3 });
  });

  it('changes nothing when a newer cancellation came first', async () => {
    const order = placed({ 'DOCK-01': 2 });
    await place(order);
    await cancel(cancelled(order, 4));

    await confirm(confirmed(order, 3));

    expect(await inventory().statusOf(order)).toBe('released');
    expect(await inventory().stock('DOCK-01')).toMatchObject({ available: 50_000, reserved: 0, committed: 0 });
  });

  it('is tried again later when the order is not known yet, and its neighbours are rolled back', async () => {
    const [known, unknown] = [placed({ 'DOCK-01': 1 }), placed({ 'DOCK-01': 1 })];
    await place(known!);

    const failure = await confirm(confirmed(known!), confirmed(unknown!)).catch((error: Error) => error);

    expect(failure).toEqual(
      new Error(`Order ${unknown!.data.orderId} was confirmed and its reservation is not known yet`),
    );
    expect(failure).not.toBeInstanceOf(Unprocessable);
    expect(await inventory().statusOf(known!)).toBe('reserved');
  });

  it('never passes in silence when nothing was reserved', async () => {
    const order = placed({ 'RARE-01': 2 });
    await place(order);

    await expect(confirm(confirmed(order))).rejects.toThrow(Unprocessable);

    expect(await inventory().stock('RARE-01')).toMatchObject({ available: 1, reserved: 0, committed: 0 });
  });

  it('ends the same when the confirmations and cancellations of the same orders are handled at the same time', async () => {
    const orders = Array.from({ length: 30 }, (_, n) => placed({ 'DOCK-01': 1, [n % 2 ? 'LAMP-01' : 'DESK-01']: 1 }));
    await place(...orders);

    const batches = Array.from({ length: 6 }, (_, n) => orders.slice(5 * n, 5 * n + 5));
    await Promise.all([
      ...batches.flatMap((batch) => [
        confirm(...batch.map((order) => confirmed(order))),
        cancel(...batch.toReversed().map((order) => cancelled(order))),
      ]),
      place(...Array.from({ length: 30 }, () => placed({ 'LAMP-01': 1, 'DESK-01': 1 }))),
    ]);

    expect(await inventory().stock('DOCK-01')).toMatchObject({ available: 50_000, reserved: 0, committed: 0 });
    expect(await inventory().stock('LAMP-01')).toMatchObject({ available: 19_970, reserved: 30, committed: 0 });
    expect((await inventory().stated()).filter(({ type }) => type === 'stock.released.v1')).toHaveLength(30);
  });
});
