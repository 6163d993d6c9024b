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
    const claim = lane.claims(NOW)!;
    lane.claimed(
      claim,
      Array.from({ length: 5 }, (_, index) => delivery(`${index}`)),
    );

    expect(send(lane, NOW, { answered: true })).toHaveLength(1);
    for (let ms = 100; ms <= 400; ms += 100) send(lane, NOW + ms, { answered: true });
    expect(lane.health.isRecovering).toBe(true);
    lane.more = true;
    lane.claimed(lane.claims(NOW + 500)!, []);
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
    lane.claimed(lane.claims(NOW)!, [delivery('older')]);
    expect(lane.hasRoom(NOW)).toBe(true);
    expect(laneOf({ ordering: 'per-key' }).hasRoom(NOW)).toBe(false);
  });

  it('claims ahead of its slots by a bounded amount', () => {
    const lane = laneOf({ maxInFlight: 64 });
    const claim = lane.claims(NOW)!;
    expect(claim.live).toBe(256);
    lane.claimed(
      claim,
      Array.from({ length: claim.live }, (_, index) => delivery(`${index}`)),
    );
    expect(lane.more).toBe(true);
    expect(lane.claims(NOW)!.live).toBe(0);
  });
});
