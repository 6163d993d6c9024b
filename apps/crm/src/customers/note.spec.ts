import { Unprocessable } from '@hookshop/messaging';
import { orderStory } from '../testing/order-story.js';
import { noteOf, spansOf } from './note.js';

describe('a note', () => {
  it('keeps the time of its fact in UTC', () => {
    const { placed } = orderStory();

    expect(noteOf({ ...placed, time: '2026-03-01T12:00:00+02:00' }, {}).time).toBe('2026-03-01T10:00:00.000Z');
  });

  it.each(['', 'yesterday', 'infinity', '2026-13-01T00:00:00Z'])('refuses a fact whose time is %j', (time) => {
    expect(() => noteOf({ ...orderStory().placed, time }, {})).toThrow(Unprocessable);
  });

  it('spans, with the others of its order, from the earliest to the latest', () => {
    const [one, other] = [orderStory(), orderStory()];
    const notes = [one.confirmed, other.placed, one.cancelled, one.placed].map((fact) => noteOf(fact, {}));

    expect([...spansOf(notes)]).toEqual([
      [one.orderId, { first: one.placed.time, last: one.cancelled.time }],
      [other.orderId, { first: other.placed.time, last: other.placed.time }],
    ]);
  });
});
