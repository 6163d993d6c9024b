import { cancelled, confirmed, placed } from '../testing/order-facts.js';
import { inventoryForEach } from '../testing/start-inventory.js';
import { CommitStockWhenOrderConfirmed } from './commit-stock-when-order-confirmed.js';
import { ReleaseStockWhenOrderCancelled } from './release-stock-when-order-cancelled.js';
import { ReserveStockWhenOrderPlaced } from './reserve-stock-when-order-placed.js';

describe('when orders are cancelled', () => {
  const inventory = inventoryForEach();

  const place = (...orders: ReturnType<typeof placed>[]): Promise<unknown> =>
    inventory().react(ReserveStockWhenOrderPlaced, ...orders);
  const cancel = (...facts: ReturnType<typeof cancelled>[]): Promise<unknown> =>
    inventory().react(ReleaseStockWhenOrderCancelled, ...facts);
  const released = async () => (await inventory().stated()).filter(({ type }) => type === 'stock.released.v1');

  it('makes what was set aside sellable again and says so', async () => {
    const order = placed({ 'DOCK-01': 2, 'LAMP-01': 1 });
    await place(order);
    const cancellation = cancelled(order);

    await cancel(cancellation);

    expect(await inventory().stock('DOCK-01')).toMatchObject({ available: 50_000, reserved: 0 });
    expect(await inventory().stock('LAMP-01')).toMatchObject({ available: 20_000, reserved: 0 });
    const { orderId } = order.data;
    expect(await released()).toEqual([
      {
        type: 'stock.released.v1',
        subject: orderId,
        sequence: 2,
        correlationId: orderId,
        causationId: cancellation.id,
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

  it('takes back what was sold to an order that is cancelled after its confirmation', async () => {
    const [sold, setAside] = [placed({ 'DOCK-01': 2 }), placed({ 'DOCK-01': 3 })];
    await place(sold!, setAside!);
    await inventory().react(CommitStockWhenOrderConfirmed, confirmed(sold!));

    await cancel(cancelled(sold!), cancelled(setAside!));

    expect(await inventory().stock('DOCK-01')).toMatchObject({ available: 50_000, reserved: 0, committed: 0 });
    expect((await released()).map(({ sequence }) => sequence).sort()).toEqual([2, 3]);
  });

  it('remembers a cancellation that comes before its order', async () => {
    const order = placed({ 'DOCK-01': 2 });

    await cancel(cancelled(order));

    expect(await inventory().statusOf(order)).toBe('cancelled');
    expect(await inventory().stated()).toEqual([]);
  });

  it('gives back once, however often it is told', async () => {
    const order = placed({ 'DOCK-01': 2 });
    await place(order);

    await cancel(cancelled(order), cancelled(order));
    await cancel(cancelled(order));

    expect(await inventory().stock('DOCK-01')).toMatchObject({ available: 50_000, reserved: 0 });
    expect(await released()).toHaveLength(1);
  });

  it('has nothing to give back for an order that was turned away', async () => {
    const order = placed({ 'RARE-01': 2 });
    await place(order);

    await cancel(cancelled(order));

    expect(await inventory().statusOf(order)).toBe('rejected');
    expect(await inventory().stock('RARE-01')).toMatchObject({ available: 1, version: 1 });
    expect(await released()).toEqual([]);
  });

  it('holds nothing in the end when an order is placed and cancelled at the same time', async () => {
    const orders = Array.from({ length: 40 }, () => placed({ 'DOCK-01': 1, 'LAMP-01': 1 }));

    await Promise.all([
      ...orders.map((order) => place(order)),
      cancel(...orders.slice(0, 20).map((order) => cancelled(order))),
      cancel(
        ...orders
          .slice(20)
          .toReversed()
          .map((order) => cancelled(order)),
      ),
    ]);

    expect(await inventory().stock('DOCK-01')).toMatchObject({ available: 50_000, reserved: 0 });
    const statuses = await Promise.all(orders.map((order) => inventory().statusOf(order)));
    expect(statuses.filter((status) => status !== 'released' && status !== 'cancelled')).toEqual([]);
  });

  it('holds nothing in the end when the products do not even exist, and so nobody waits for their locks', async () => {
    const orders = Array.from({ length: 40 }, () => placed({ 'NEVER-01': 1 }));

    await Promise.all(orders.flatMap((order) => [place(order), cancel(cancelled(order))]));

    const statuses = await Promise.all(orders.map((order) => inventory().statusOf(order)));
    expect(statuses.filter((status) => status !== 'rejected' && status !== 'cancelled')).toEqual([]);
  });
});
