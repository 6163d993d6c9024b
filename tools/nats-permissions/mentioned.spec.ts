import { mentionedIn } from './mentioned.mjs';

const mentions = (...lines: string[]): string[] => [...mentionedIn(lines.join('\n'))].sort();
const imported = `import { OrderPlaced, orderRequests, StockLow, type OrderView } from '@hookshop/contracts';`;

describe('what a service mentions of the contracts', () => {
  it('is what it takes as a value: the facts it states, the requests it makes', () => {
    expect(
      mentions(
        imported,
        `tx.publish(OrderPlaced, data, options);`,
        `const moved = { event: StockLow, data };`,
        `this.requests.ask<OrderView>(orderRequests.place, body);`,
      ),
    ).toEqual(['OrderPlaced', 'StockLow', 'orderRequests.place']);
  });

  it('is not what it reacts to or answers, which stands in decorators', () => {
    expect(
      mentions(
        imported,
        `class Reserve {`,
        `  @Handles(OrderPlaced, { from: 'beginning' }) reserve(placed: OrderPlaced): void {}`,
        `  @MessagePattern(orderRequests.show) show(): OrderView {}`,
        `}`,
      ),
    ).toEqual([]);
  });

  it('is not what it takes as a type', () => {
    expect(
      mentions(
        imported,
        `type Kept = Pick<OrderPlaced, 'orderId'>;`,
        `const read = (fact: Fact<OrderPlaced>): typeof StockLow => known as OrderPlaced;`,
        `class Own extends Base<StockLow> {}`,
      ),
    ).toEqual([]);
  });

  it('is known by the name it has there, whatever it is called here', () => {
    expect(
      mentions(`import { OrderPlaced as Placed } from '@hookshop/contracts';`, `tx.publish(Placed, data);`),
    ).toEqual(['OrderPlaced']);
  });

  it('is nothing that only has the name of a contract', () => {
    expect(mentions(imported, `order.OrderPlaced = { StockLow: 1 };`)).toEqual([]);
    expect(mentions(`import { OrderPlaced } from './order.js';`, `tx.publish(OrderPlaced, data);`)).toEqual([]);
  });

  it('cannot be told of contracts that are imported all together', () => {
    expect(() => mentions(`import * as contracts from '@hookshop/contracts';`)).toThrow('must be imported by names');
  });
});
