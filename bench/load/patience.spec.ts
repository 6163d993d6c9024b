import { isFinal, patience } from './patience.mjs';

interface Answer {
  status: number;
  retryAfter?: string;
  body?: unknown;
}

/** A door that gives these answers one after the other, in a world whose time passes by waiting only. */
function atDoor(answers: (Answer | Error)[], random = 0) {
  let time = 0;
  const asked: { at: number; options: unknown }[] = [];
  const door = patience({
    ask: async (_method, _path, options) => {
      asked.push({ at: time, options });
      const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
      if (answer instanceof Error) throw answer;
      return { body: undefined, ...answer };
    },
    pause: async (ms) => void (time += ms),
    now: () => time,
    random: () => random,
  });
  return { door, asked, times: () => asked.map(({ at }) => at) };
}
const away = new Error('ECONNREFUSED');

describe('patience', () => {
  it.each([200, 201, 202, 400, 401, 403, 404, 413, 422])('takes %i for the last word', (status) => {
    expect(isFinal({ status })).toBe(true);
  });

  it.each([429, 500, 502, 503, 504])('asks again after %i', (status) => {
    expect(isFinal({ status })).toBe(false);
  });

  it('asks again after a 409 that says when: the first request is still running', () => {
    expect(isFinal({ status: 409, retryAfter: '2' })).toBe(false);
    expect(isFinal({ status: 409 })).toBe(true);
  });

  it.each([429, 503, 409])('comes again when %i said, no sooner', async (status) => {
    const { door, times } = atDoor([{ status, retryAfter: '7' }, { status: 201 }]);

    await door.ask('POST', '/v1/orders');

    expect(times()).toEqual([0, 7_000]);
  });

  it('comes again with the very same request', async () => {
    const options = { headers: { 'idempotency-key': 'k-1' }, body: { lines: [] } };
    const { door, asked } = atDoor([away, { status: 503, retryAfter: '1' }, { status: 201 }]);

    await door.ask('POST', '/v1/orders', options);

    expect(asked.map((each) => each.options)).toEqual([options, options, options]);
  });

  it('waits twice as long each time where nobody answers, ten seconds at most, and never gives up', async () => {
    const { door, times } = atDoor([...Array.from({ length: 40 }, () => away), { status: 201 }]);

    const { status } = await door.ask('POST', '/v1/orders');
    const waits = times()
      .slice(1)
      .map((time, index) => time - times()[index]!);

    expect(status).toBe(201);
    expect(waits.slice(0, 7)).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000]);
    expect(waits.at(-1)).toBe(10_000);
  });

  it('spreads those who were sent away together', async () => {
    const { door, times } = atDoor([away, { status: 503, retryAfter: '2' }, { status: 201 }], 1);

    await door.ask('POST', '/v1/orders');

    expect(times()).toEqual([0, 312.5, 312.5 + 2_500]);
  });

  it('keeps everybody away when one was told to wait, for all share the key', async () => {
    let time = 0;
    let asked = 0;
    const waiting: { ms: number; over: () => void }[] = [];
    const door = patience({
      ask: async () =>
        (asked += 1) === 1 ? { status: 429, retryAfter: '3', body: undefined } : { status: 200, body: {} },
      pause: (ms) => new Promise((over) => waiting.push({ ms, over })),
      now: () => time,
      random: () => 0,
    });

    const first = door.ask('POST', '/v1/orders');
    await new Promise(setImmediate);
    const second = door.ask('GET', '/v1/products');
    await new Promise(setImmediate);

    expect([asked, waiting.map(({ ms }) => ms)]).toEqual([1, [3_000, 3_000]]);
    time = 3_000;
    for (const { over } of waiting) over();
    expect(await Promise.all([first, second])).toMatchObject([{ status: 200 }, { status: 200 }]);
  });

  it('does not hammer a door that says to come again in no time', async () => {
    const { door, times } = atDoor([{ status: 503, retryAfter: '0' }, { status: 201 }]);

    await door.ask('POST', '/v1/orders');

    expect(times()).toEqual([0, 1_000]);
  });

  it('tells of every answer that was not the last', async () => {
    const { door } = atDoor([away, { status: 503, retryAfter: '1' }, { status: 504 }, { status: 201 }]);
    const told: (number | undefined)[] = [];

    await door.ask('POST', '/v1/orders', {}, (status) => told.push(status));

    expect(told).toEqual([undefined, 503, 504]);
  });
});
