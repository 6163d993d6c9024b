import { jest } from '@jest/globals';
import { operationsSubject, type DeadLetterView, type ReactionView } from '@hookshop/contracts';
import { BrokerConnection, STREAM } from '@hookshop/messaging';
import { AckPolicy } from '@nats-io/jetstream';
import { eventually, testBroker, testDatabase, type TestBroker, type TestDatabase } from '@hookshop/testing';
import { v7 as uuidv7 } from 'uuid';
import { FarSide, Refused } from '../testing/far-side.js';
import { startGateway, type Call, type TestGateway } from '../testing/test-gateway.js';

// Each boots a database and a broker of its own, on machines that are busy with other specs.
jest.setTimeout(60_000);

/** Two services besides the gateway: orchard and payment-like `till`. Their own books are behind the wire. */
describe('operations over all services', () => {
  let broker: TestBroker;
  let database: TestDatabase;
  let gateway: TestGateway;
  let farSide: FarSide;
  const books: Record<string, DeadLetterView[]> = { orchard: [], till: [] };

  beforeAll(async () => {
    [broker, database] = await Promise.all([testBroker(), testDatabase()]);
    farSide = await FarSide.join(broker.url);
    gateway = await startGateway({ natsUrl: broker.url, databaseUrl: database.url });
    const { manager } = await gateway.app.get(BrokerConnection).opened;
    await eventually(() => farSide.state({ type: 'sample.begun.v1' }));
    for (const durable_name of ['orchard-pick-apples', 'orchard-press-cider', 'till-count-coins']) {
      await manager.consumers.add(STREAM, { durable_name, ack_policy: AckPolicy.Explicit });
    }
  });

  beforeEach(async () => {
    books['orchard'] = [];
    books['till'] = [];
    await openBooks('orchard');
    await openBooks('till');
    await database.query('DELETE FROM dead_letters');
  });

  afterAll(async () => {
    await gateway.stop();
    await farSide.close();
    await broker.stop();
    await database.drop();
  });

  /** Answers as every service does. */
  async function openBooks(service: string): Promise<void> {
    const find = (id: unknown): DeadLetterView | undefined => books[service]!.find((letter) => letter.id === id);
    await farSide.answer(operationsSubject(service, 'list-dead-letters'), ({ limit, cursor, reaction }) => {
      const all = books[service]!.filter(({ id }) => cursor === undefined || id < (cursor as string))
        .filter((letter) => reaction === undefined || letter.reaction === reaction)
        .sort((a, b) => (a.id < b.id ? 1 : -1));
      const data = all.slice(0, limit as number);
      return { data, nextCursor: all.length > data.length ? data.at(-1)!.id : null };
    });
    await farSide.answer(
      operationsSubject(service, 'show-dead-letter'),
      ({ id }) => find(id) ?? new Refused({ status: 404, detail: 'There is no such dead letter.' }),
    );
    await farSide.answer(operationsSubject(service, 'redrive-dead-letter'), ({ id }) => ({
      matched: find(id) ? 1 : 0,
    }));
    await farSide.answer(operationsSubject(service, 'redrive-dead-letters'), ({ reaction }) => ({
      matched: books[service]!.filter((letter) => reaction === undefined || letter.reaction === reaction).length,
    }));
    await farSide.answer(operationsSubject(service, 'discard-dead-letter'), ({ id }) => ({
      discarded: find(id) ? 1 : 0,
    }));
    await farSide.answer(operationsSubject(service, 'list-reactions'), () => ({ reactions: [reactionOf(service)] }));
  }
  async function close(service: string): Promise<void> {
    for (const verb of [
      'list-dead-letters',
      'show-dead-letter',
      'redrive-dead-letter',
      'redrive-dead-letters',
      'discard-dead-letter',
      'list-reactions',
    ] as const) {
      await farSide.leave(operationsSubject(service, verb));
    }
  }
  const reactionOf = (service: string): ReactionView => ({
    service,
    reaction: `${service}-works`,
    pending: 1,
    inFlight: 2,
    redelivered: 3,
    oldestAgeSeconds: 4,
    deadLetters: 5,
  });
  function bury(service: string, reaction = `${service}-works`): string {
    const id = uuidv7();
    const event = { id: uuidv7(), type: 'sample.step.v1', subject: 's', time: '2026-01-01T00:00:00.000Z', data: {} };
    const deadAt = '2026-01-01T00:00:00.000Z';
    books[service]!.push({ id, service, reaction, event, reason: 'exhausted', error: 'no', attempts: [], deadAt });
    return id;
  }
  /** One that the gateway itself could not record. */
  async function buryHere(): Promise<string> {
    const id = uuidv7();
    const fact = { id: uuidv7(), type: 'sample.step.v1', subject: 's', time: '2026-01-01T00:00:00.000Z', data: {} };
    await database.query(
      `INSERT INTO dead_letters (id, reaction, event_id, event_type, fact, reason, error, attempts)
       VALUES ($1, 'gateway-record-timeline', $2, 'sample.step.v1', $3, 'invalid', 'no', '[]')`,
      [id, fact.id, JSON.stringify(fact)],
    );
    return id;
  }
  const ask = (path: string, call: Call = {}): Promise<Response> =>
    gateway.fetch(`/v1${path}`, { as: 'admin', ...call });
  type Listed = { data: DeadLetterView[]; nextCursor: string | null; unavailable: string[] };
  const list = async (query = ''): Promise<Listed> => (await (await ask(`/dead-letters${query}`)).json()) as Listed;
  const idsOf = ({ data }: Listed): string[] => data.map(({ id }) => id);

  it('lists the dead letters of every service, newest first', async () => {
    const ids = [bury('orchard'), bury('till'), await buryHere(), bury('orchard')];

    expect(await list()).toMatchObject({ nextCursor: null, unavailable: [] });
    expect(idsOf(await list())).toEqual(ids.toReversed());
  });

  it('pages through the services as if they were one', async () => {
    const ids = [bury('orchard'), bury('orchard'), bury('till'), await buryHere(), bury('till')];
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await list(`?limit=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...idsOf(page));
      cursor = page.nextCursor;
    }

    expect(seen).toEqual(ids.toReversed());
  });

  it('lists one service, and one of its reactions', async () => {
    const [apples, cider] = [bury('orchard', 'orchard-pick-apples'), bury('orchard', 'orchard-press-cider')];
    bury('till');

    expect(idsOf(await list('?service=orchard'))).toEqual([cider, apples]);
    expect(idsOf(await list('?service=orchard&reaction=orchard-pick-apples'))).toEqual([apples]);
    expect(idsOf(await list('?reaction=orchard-press-cider'))).toEqual([cider]);
  });

  it('names the services that did not answer, and lists the others', async () => {
    const id = bury('orchard');
    await close('till');

    expect(await list()).toMatchObject({ data: [{ id }], unavailable: ['till'] });
    expect((await ask('/dead-letters?service=till')).status).toBe(503);
    expect(await (await ask('/consumers')).json()).toMatchObject({ unavailable: ['till'] });
  });

  it.each(['nobody', 'or.chard', '*', '>', 'a b', 'Orchard'])(
    'answers 422 to the service %s, naming those there are',
    async (service) => {
      const response = await ask(`/dead-letters?service=${encodeURIComponent(service)}`);

      expect(response.status).toBe(422);
      expect(await response.json()).toMatchObject({
        detail: expect.stringContaining('gateway, orchard, till') as string,
      });
    },
  );

  it('shows a dead letter wherever it lies', async () => {
    const [here, there] = [await buryHere(), bury('till')];

    expect(await (await ask(`/dead-letters/${there}`)).json()).toEqual(books['till']![0]);
    expect(await (await ask(`/dead-letters/${here}`)).json()).toMatchObject({ id: here, service: 'gateway' });
  });

  it.each([
    ['show', '', 'GET', 200],
    ['redrive', '/redrive', 'POST', 202],
    ['discard', '', 'DELETE', 204],
  ])('finds one to %s, and knows that there is none only when all have said so', async (_, path, method, done) => {
    const id = bury('orchard');
    const call = { method };

    expect((await ask(`/dead-letters/${id}${path}`, call)).status).toBe(done);
    expect((await ask(`/dead-letters/${uuidv7()}${path}`, call)).status).toBe(404);
    await close('till');
    expect((await ask(`/dead-letters/${id}${path}`, call)).status).toBe(done);
    expect((await ask(`/dead-letters/${uuidv7()}${path}`, call)).status).toBe(503);
  });

  it('says that a discard may have happened when a service fell silent', async () => {
    await farSide.answer(operationsSubject('till', 'discard-dead-letter'), () => undefined);
    const response = await ask(`/dead-letters/${uuidv7()}`, { method: 'DELETE' });

    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining('till') as string });
  });

  it('redrives all of a service, or of a reaction', async () => {
    bury('orchard', 'orchard-pick-apples');
    bury('orchard', 'orchard-press-cider');
    const redrive = async (body: object): Promise<[number, unknown]> => {
      const response = await ask('/dead-letters/redrive', { body });
      return [response.status, await response.json()];
    };

    expect(await redrive({ service: 'orchard' })).toEqual([202, { matched: 2 }]);
    expect(await redrive({ service: 'orchard', reaction: 'orchard-pick-apples' })).toEqual([202, { matched: 1 }]);
    expect((await redrive({ service: 'nobody' }))[0]).toBe(422);
    expect((await redrive({}))[0]).toBe(400);
    await close('till');
    expect((await redrive({ service: 'till' }))[0]).toBe(503);
  });

  it('handles a dead letter of the gateway again, for real', async () => {
    const orderId = uuidv7();
    const id = await buryHere();
    await database.query(
      `UPDATE dead_letters SET fact = (fact || jsonb_build_object('correlationId', $2::text, 'source', '/order', 'streamSequence', 1)) WHERE id = $1`,
      [id, orderId],
    );

    expect((await ask(`/dead-letters/${id}/redrive`, { method: 'POST' })).status).toBe(202);
    await eventually(
      async () => (await ask(`/dead-letters/${id}`)).status,
      (status) => status === 404,
    );
    expect(await database.query('SELECT type FROM timeline WHERE order_id = $1', [orderId])).toEqual([
      { type: 'sample.step.v1' },
    ]);
  });

  it('lists every reaction of every service', async () => {
    const { data, nextCursor } = (await (await ask('/consumers')).json()) as { data: ReactionView[]; nextCursor: null };

    expect(nextCursor).toBeNull();
    expect(data).toContainEqual(reactionOf('orchard'));
    expect(data).toContainEqual(reactionOf('till'));
    expect(data).toContainEqual(
      expect.objectContaining({ service: 'gateway', reaction: 'gateway-record-timeline', deadLetters: 0 }),
    );
  });
});
