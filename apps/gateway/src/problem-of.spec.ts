import { Problem } from '@hookshop/http';
import { NoAnswer, RequestRefused, ServiceUnreachable } from '@hookshop/messaging';
import { knowing, problemOf } from './problem-of.js';

describe('problemOf', () => {
  it('passes on what a service refused, fault by fault', () => {
    const errors = [{ path: 'lines.0.sku', message: 'is unknown' }];
    const problem = problemOf(new RequestRefused({ status: 422, title: 'Unknown SKU', detail: 'No NOPE-01.', errors }));

    expect(problem?.body).toEqual({
      type: '/problems/unknown-sku',
      title: 'Unknown SKU',
      status: 422,
      detail: 'No NOPE-01.',
      errors,
    });
  });

  it.each([
    ['a service that is away', new ServiceUnreachable('order.place')],
    ['a service that can do nothing now', new RequestRefused({ status: 503, detail: 'The outbox is full.' })],
  ])('asks to try again after %s', (_, error) => {
    const problem = problemOf(error);

    expect(problem?.getStatus()).toBe(503);
    expect(problem?.headers).toEqual({ 'Retry-After': '2' });
  });

  it('does not say that a question nobody answered did anything', () => {
    expect(problemOf(new NoAnswer('order.show', 5_000))?.getStatus()).toBe(504);
  });

  it('leaves other errors alone', () => {
    expect(problemOf(new Error('a bug'))).toBeUndefined();
  });
});

describe('knowing', () => {
  it.each([
    ['the deadline passed', new NoAnswer('inventory.restock', 5_000)],
    ['the service lost its database while committing', new RequestRefused({ status: 504, detail: 'Unknown.' })],
  ])('says how to find out when %s', (_, error) => {
    expect(() => knowing('Look at it.')(error)).toThrow(
      new Problem(504, 'There was no answer in time: it may be done or not. Look at it.'),
    );
  });

  it('passes on what is known', () => {
    const refused = new RequestRefused({ status: 404, detail: 'There is no such product.' });

    expect(() => knowing('Look at it.')(refused)).toThrow(refused);
  });
});
