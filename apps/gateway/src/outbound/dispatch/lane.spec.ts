import type { Target } from '../endpoints/target.js';
import type { DueDelivery } from './due-delivery.js';
import { unknownHealth, type StoredHealth } from './health.js';
import { Lane } from './lane.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const BACKLOG_PER_SECOND = 10;

const laneOf = (settings: Partial<Target> = {}, health: Partial<StoredHealth> = {}): Lane =>
  new Lane(
    { endpointId: 'e', epoch: 7, health: { ...unknownHealth, ...health }, now: new Date(NOW) },
    {
      id: 'e',
      partnerId: 'demo',
      url: new URL('https://partner.example/'),
      headers: {},
      signers: [],
      signersUntil: null,
      format: 'standard',
      payload: 'full',
      ordering: 'none',
      timeoutSeconds: 15,
      retryScheduleSeconds: null,
      maxPerSecond: null,
      maxInFlight: 8,
      status: 'enabled',
      version: 1,
      ...settings,
    },
    BACKLOG_PER_SECOND,
    NOW,
  );

const delivery = (name: string, paced = false): DueDelivery => ({
  deliveryId: name,
  endpointId: 'e',
  messageId: name,
  type: 'order.placed.v1',
  orderId: null,
  traceparent: null,
  body: '{}',
  tries: 0,
  paced,
});

/** Claims as the dispatcher does; answers what was asked for. */
const claim = (lane: Lane, brought: DueDelivery[] = []): { live: number; paced: number } | undefined => {
  const asked = lane.claims(NOW);
  if (!asked) return undefined;
  lane.asks(asked);
  lane.claimed(asked, brought);
  return { live: asked.live, paced: asked.paced };
};
const deliveries = (count: number, paced = false): DueDelivery[] =>
  Array.from({ length: count }, (_, index) => delivery(`${paced ? 'replayed ' : ''}${index}`, paced));

/** Sends as long as it may at this moment; every attempt stays under way unless told otherwise. */
const send = (lane: Lane, now: number, { answered = false } = {}): string[] => {
  const sent: string[] = [];
  for (;;) {
    const next = lane.next(now);
    if ('waitMs' in next) return sent;
    if (!answered) lane.inFlight += 1;
    sent.push(next.deliveryId);
  }
};

describe('a lane', () => {
  it('has as many attempts under way as its endpoint bears, and fills each slot as it becomes free', () => {
    const lane = laneOf({ maxInFlight: 2 });
    for (const name of ['a', 'b', 'c', 'd']) lane.take(delivery(name));

    expect(send(lane, NOW)).toEqual(['a', 'b']);
    lane.inFlight -= 1;
    expect(send(lane, NOW)).toEqual(['c']);
  });

  it('sends what happens now before what is replayed, which goes out at the pace of a backlog', () => {
    const lane = laneOf();
    for (let count = 0; count < 30; count += 1) lane.take(delivery(`replayed ${count}`, true));
    lane.take(delivery('now'));

    expect(send(lane, NOW, { answered: true })).toEqual(['now', 'replayed 0']);
    let sent = 0;
    for (let ms = 10; ms <= 1_000; ms += 10) sent += send(lane, NOW + ms, { answered: true }).length;
    expect(sent).toBe(BACKLOG_PER_SECOND);
  });

  it('drains the backlog of an endpoint that recovers at that pace, until it is gone', () => {
    const lane = laneOf({}, { recovering: true });
    claim(lane, deliveries(5));

    expect(send(lane, NOW, { answered: true })).toHaveLength(1);
    for (let ms = 100; ms <= 400; ms += 100) send(lane, NOW + ms, { answered: true });
    expect(lane.health.isRecovering).toBe(true);
    lane.lookAgain();
    claim(lane);
    expect(lane.health.isRecovering).toBe(false);
  });

  it('lets one delivery through as a probe when its circuit is open and the time has come', () => {
    const lane = laneOf({}, { circuit: 'open', probeAt: NOW + 1_000 });
    lane.take(delivery('a'));
    lane.take(delivery('b'));

    expect(lane.next(NOW)).toEqual({ waitMs: 1_000 });
    expect(send(lane, NOW + 1_000)).toEqual(['a']);
    lane.inFlight -= 1;
    lane.health.succeeded(NOW + 1_100);
    expect(send(lane, NOW + 1_100)).toEqual(['b']);
  });

  it('asks for no more while it is spared, and is idle then', () => {
    const lane = laneOf({}, { pausedUntil: NOW + 60_000 });

    expect(lane.claims(NOW)).toBeUndefined();
    expect(lane.hasRoom(NOW)).toBe(false);
    expect(lane.isIdle(NOW)).toBe(true);
    expect(lane.isIdle(NOW + 60_000)).toBe(false);
  });

  it('takes new deliveries from memory only when nothing older waits in the database', () => {
    const lane = laneOf();
    expect(lane.hasRoom(NOW)).toBe(false);
    claim(lane, [delivery('older')]);
    expect(lane.hasRoom(NOW)).toBe(true);
    expect(laneOf({ ordering: 'per-key' }).hasRoom(NOW)).toBe(false);
  });

  it('claims ahead of its slots by a bounded amount', () => {
    const lane = laneOf({ maxInFlight: 64 });
    expect(claim(lane, deliveries(256))).toMatchObject({ live: 256 });
    expect(claim(lane)).toBeUndefined();

    for (let count = 0; count < 128; count += 1) lane.next(NOW);
    expect(claim(lane)).toMatchObject({ live: 128, paced: 0 });
  });

  it('asks once for what there is not, however much of the rest is in hand', () => {
    const lane = laneOf();
    for (const one of deliveries(20)) lane.take(one);

    expect(claim(lane)).toEqual({ live: 0, paced: 32 });
    expect(claim(lane)).toBeUndefined();
    expect(send(lane, NOW)).toHaveLength(8);
    expect(claim(lane)).toEqual({ live: 20, paced: 0 });
    expect(claim(lane)).toBeUndefined();
  });

  it('asks for no more replayed ones while it has enough, whatever goes out before them', () => {
    const lane = laneOf();
    claim(lane, deliveries(32, true));

    for (let round = 0; round < 3; round += 1) {
      lane.take(delivery('now'));
      expect(claim(lane)).toBeUndefined();
      send(lane, NOW, { answered: true });
    }
  });

  it('asks again for what became due while the database was looking', () => {
    const lane = laneOf();
    const asked = lane.claims(NOW)!;
    lane.asks(asked);
    lane.lookAgain();
    lane.claimed(asked, []);

    expect(lane.hasRoom(NOW)).toBe(false);
    expect(claim(lane)).toEqual({ live: 32, paced: 32 });
  });
});
