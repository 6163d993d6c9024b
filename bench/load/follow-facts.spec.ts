import { followFacts } from './follow-facts.mjs';

interface Opened {
  status: number;
  retryAfter?: string;
  /** Chunks of the answer, cut anywhere. */
  chunks?: (string | Uint8Array)[];
}
class Enough extends Error {}

/** Follows through these answers, one after the other, and tells what was heard, asked with and waited for. */
async function following(answers: (Opened | Error)[]) {
  const heard: string[] = [];
  const places: (string | undefined)[] = [];
  const pauses: number[] = [];
  const world = {
    open: async (_path: string, { headers }: { headers: object }) => {
      places.push((headers as Record<string, string>)['last-event-id']);
      const answer = answers[places.length - 1]!;
      if (answer instanceof Error) throw answer;
      const { status, retryAfter, chunks = [] } = answer;
      const body = {
        async *[Symbol.asyncIterator]() {
          for (const chunk of chunks) yield Buffer.from(chunk as string);
        },
        dump: async () => undefined,
      };
      return { status, retryAfter, body };
    },
    tell: (type: string, orderId: string) => void heard.push(`${type} ${orderId}`),
    pause: async (ms: number) => {
      pauses.push(ms);
      if (pauses.length === answers.length) throw new Enough();
    },
  };
  await expect(followFacts(world)).rejects.toThrow(Enough);
  return { heard, places, pauses };
}

const event = (id: number, type: string, orderId: string): string =>
  `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify({ id: 'f', type, orderId, data: { note: 'a: b' } })}\n\n`;

describe('who follows the facts', () => {
  it('hears each of them, however the answer is cut, and no heartbeats', async () => {
    const text = `retry: 1000\n\n${event(4, 'order.placed.v1', 'ö-1')}: heartbeat\n\n${event(5, 'order.confirmed.v1', 'ö-1')}`;
    const bytes = Buffer.from(text);

    const { heard } = await following([{ status: 200, chunks: [text] }]);
    const { heard: bitByBit } = await following([
      { status: 200, chunks: Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)) },
    ]);

    expect(heard).toEqual(['order.placed.v1 ö-1', 'order.confirmed.v1 ö-1']);
    expect(bitByBit).toEqual(heard);
  });

  it('comes back to where it was, through every failure', async () => {
    const { places } = await following([
      { status: 200, chunks: [event(4, 'order.placed.v1', 'o-1')] },
      new Error('ECONNREFUSED'),
      { status: 503 },
      { status: 200, chunks: [event(9, 'order.placed.v1', 'o-2'), 'id: 10\nevent: order'] },
      { status: 200 },
    ]);

    expect(places).toEqual([undefined, '4', '4', '4', '9']);
  });

  it('begins anew where its place is gone', async () => {
    const { places } = await following([
      { status: 200, chunks: [event(4, 'order.placed.v1', 'o-1')] },
      { status: 410 },
      { status: 200 },
    ]);

    expect(places).toEqual([undefined, '4', undefined]);
  });

  it('waits as long as it is told, a second otherwise', async () => {
    const { pauses } = await following([{ status: 429, retryAfter: '5' }, new Error('ECONNRESET'), { status: 200 }]);

    expect(pauses).toEqual([5_000, 1_000, 1_000]);
  });
});
