import { pace } from './pace.mjs';

describe('pace', () => {
  it('gives turns at a steady rate, whoever asks', () => {
    const turns = pace(5, () => 0);

    expect([turns.turn(), turns.turn(), turns.turn()]).toEqual([0, 200, 400]);
  });

  it('catches up with a moment that was missed', () => {
    let time = 0;
    const turns = pace(5, () => time);
    turns.turn();
    time = 600;

    expect([turns.turn(), turns.turn(), turns.turn(), turns.turn()]).toEqual([0, 0, 0, 200]);
  });

  it('lets a long time go, so that a shop that comes back is not overrun', () => {
    let time = 0;
    const turns = pace(10, () => time);
    turns.turn();
    time = 600_000;
    const now = Array.from({ length: 100 }, () => turns.turn()).filter((wait) => wait === 0);

    expect(now).toHaveLength(11);
  });
});
