import { tally } from './tally.mjs';

describe('the tally', () => {
  let time = 0;
  const counts = tally(() => time);

  it('tells what happened since the last line, and how fast', () => {
    for (let count = 0; count < 20; count += 1) counts.count('placed');
    counts.count('confirmed');
    counts.count('cancelled');
    for (let ms = 1; ms <= 100; ms += 1) counts.confirmedWithin(ms);
    counts.refuse(503);
    counts.refuse(503);
    counts.refuse(undefined);
    time = 4_000;

    expect(counts.line(3)).toBe(
      'placed 20 (5.0/s), confirmed 1, cancelled 1, shipped 0, delivered 0, under way 3, ' +
        'place → confirmed p50 51 ms p99 100 ms, refused 503 ×2 no answer ×1',
    );
  });

  it('begins each line anew', () => {
    counts.count('delivered');
    time = 8_000;

    expect(counts.line(2)).toBe('placed 0 (0.0/s), confirmed 0, cancelled 0, shipped 0, delivered 1, under way 2');
  });

  it('keeps the sum of all', () => {
    expect(counts.total(2)).toBe(
      'In all: placed 20, confirmed 1, cancelled 1, shipped 0, delivered 1, under way 2, refused 503 ×2 no answer ×1',
    );
  });
});
