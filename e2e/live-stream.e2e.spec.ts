import { ShopClient } from './shop-client.js';

interface LiveFact {
  id: string;
  type: string;
  orderId: string;
}

describe('the live stream', () => {
  const shop = ShopClient.ofRun();
  afterAll(() => shop.close());

  /** Reads facts until `enough`, then hangs up. */
  const listen = async (
    query: string,
    lastEventId: string | undefined,
    enough: (facts: LiveFact[]) => boolean,
    onOpen: () => Promise<void> = async () => undefined,
  ): Promise<LiveFact[]> => {
    const hangUp = new AbortController();
    const response = await fetch(`${shop.shop.urls['gateway']}/v1/events/stream${query}`, {
      signal: hangUp.signal,
      headers: {
        authorization: `Bearer ${shop.shop.keys.shop}`,
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    await onOpen();
    const facts: LiveFact[] = [];
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const blocks = text.split('\n\n');
      text = blocks.pop()!;
      for (const block of blocks) {
        const fields = Object.fromEntries(
          block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
        );
        if (fields['id'] === undefined) continue;
        const { orderId } = JSON.parse(fields['data']!) as { orderId: string };
        facts.push({ id: fields['id'], type: fields['event']!, orderId });
      }
      if (enough(facts)) break;
    }
    hangUp.abort();
    return facts;
  };

  const has = (type: string, order: () => string | undefined) => (facts: LiveFact[]) =>
    facts.some((fact) => fact.type === type && fact.orderId === order());

  it('shows the facts of an order as they happen', async () => {
    let orderId: string | undefined;

    const facts = await listen(
      '',
      undefined,
      has('order.confirmed.v1', () => orderId),
      async () => {
        orderId = (await shop.place()).id;
      },
    );

    const types = facts.filter((fact) => fact.orderId === orderId).map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(['order.placed.v1', 'stock.reserved.v1', 'payment.captured.v1']));
  });

  it('resumes after the last event seen without a gap', async () => {
    let first: string | undefined;
    const seen = await listen(
      '',
      undefined,
      has('order.placed.v1', () => first),
      async () => {
        first = (await shop.place()).id;
      },
    );
    // What happens while nobody listens is not lost.
    const second = await shop.place();
    await shop.becomes({ id: first! }, { status: 'confirmed' });
    await shop.becomes(second, { status: 'confirmed' });

    const resumed = await listen(
      '',
      seen.at(-1)!.id,
      has('order.confirmed.v1', () => second.id),
    );

    const sequences = [...seen, ...resumed].map(({ id }) => Number(id));
    expect(sequences).toEqual(Array.from({ length: sequences.length }, (_, index) => sequences[0]! + index));
  });

  it('can be narrowed to one order', async () => {
    const [order] = await Promise.all([shop.place(), shop.place()]);
    await shop.becomes(order, { status: 'confirmed' });

    const facts = await listen(
      `?orderId=${order.id}`,
      '0',
      has('order.confirmed.v1', () => order.id),
    );

    expect(new Set(facts.map(({ orderId }) => orderId))).toEqual(new Set([order.id]));
  });
});
