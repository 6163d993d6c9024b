import { permissionsOf } from './permissions.mjs';
import type { Permissions, Traffic } from './traffic.d.mts';

const service = (name: string, does: Partial<Traffic> = {}): Traffic => ({
  service: name,
  states: [],
  statesForeign: false,
  reactions: [],
  answers: [],
  asks: [],
  signals: [],
  watches: [],
  ...does,
});
const answer = (subject: string) => ({ subject, queue: 'stock' });
const reaction = { durable: 'stock-reserve', look: 'stock-reserve-look', filter: 'shop.order.placed.v1' };
const stock = service('stock', {
  states: ['stock', 'product'],
  reactions: [reaction],
  answers: [answer('stock.quote')],
});
const door = service('door', {
  states: ['webhook'],
  statesForeign: true,
  asks: ['stock.quote'],
  signals: ['door.bell'],
  watches: ['shop.>'],
});
const [ofStock, ofDoor] = permissionsOf([stock, door]);

describe('the permissions of a service', () => {
  it('are to state facts of its own aggregates', () => {
    expect(ofStock?.publish.allow).toEqual(expect.arrayContaining(['shop.stock.>', 'shop.product.>']));
    expect(ofStock?.publish.allow).not.toContain('shop.>');
  });

  it('are to make its own durable consumers, with their own facts', () => {
    expect(ofStock?.publish.allow.filter((subject) => subject.includes('stock-reserve'))).toEqual([
      '$JS.API.CONSUMER.CREATE.EVENTS.stock-reserve.shop.order.placed.v1',
      '$JS.API.CONSUMER.INFO.EVENTS.stock-reserve',
      '$JS.API.CONSUMER.MSG.NEXT.EVENTS.stock-reserve',
      '$JS.API.CONSUMER.DELETE.EVENTS.stock-reserve',
      '$JS.ACK.EVENTS.stock-reserve.>',
      '$JS.ACK.*.*.EVENTS.stock-reserve.>',
      '$JS.API.CONSUMER.CREATE.EVENTS.stock-reserve-look.shop.order.placed.v1',
      '$JS.API.CONSUMER.MSG.NEXT.EVENTS.stock-reserve-look',
      '$JS.API.CONSUMER.DELETE.EVENTS.stock-reserve-look',
    ]);
  });

  it('are to make the stream and to look how long it is, and nothing else with it', () => {
    expect(
      ofStock?.publish.allow.filter((subject) => subject.includes('API') && !subject.includes('CONSUMER')),
    ).toEqual(['$JS.API.INFO', '$JS.API.STREAM.INFO.EVENTS', '$JS.API.STREAM.CREATE.EVENTS']);
  });

  it('are to hear the replies to it, and the requests it answers in its queue group', () => {
    expect(ofStock?.subscribe.allow).toEqual(['_INBOX_stock.>', 'stock.quote stock']);
  });

  it('are to answer where those wait who ask it, and nowhere else', () => {
    const [{ publish }, asker] = permissionsOf([
      service('stock', { answers: ['stock.quote', 'stock.count', 'operations.stock.list'].map(answer) }),
      service('door', { asks: ['stock.quote', 'operations.*.*'] }),
      service('till', { asks: ['stock.quote', 'stock.quote.all', 'till.count'] }),
    ]) as [Permissions, Permissions];

    expect(publish.allow.filter((subject) => subject.includes('_INBOX'))).toEqual([
      '_INBOX_door.replies.*.stock.quote',
      '_INBOX_till.replies.*.stock.quote',
      '_INBOX_door.replies.*.operations.stock.list',
    ]);
    expect(asker.publish.allow.filter((subject) => subject.includes('_INBOX'))).toEqual([]);
  });

  it('are to ask what it asks, and to tell its other instances what they tell each other', () => {
    expect(ofDoor?.publish.allow).toEqual(expect.arrayContaining(['stock.quote', 'door.bell']));
    expect(ofDoor?.subscribe.allow).toEqual(['_INBOX_door.>', 'door.bell']);
  });

  it('are to state facts that only configuration knows, of no aggregate that is somebody else’s', () => {
    expect(ofDoor?.publish.allow).toContain('shop.>');
    expect(ofDoor?.publish.deny).toEqual(expect.arrayContaining(['shop.stock.>', 'shop.product.>']));
    expect(ofDoor?.publish.deny).not.toContain('shop.webhook.>');
  });

  it('are to watch the stream with consumers of the moment, and to touch none of the others', () => {
    expect(ofDoor?.publish.allow).toEqual(
      expect.arrayContaining(['$JS.API.CONSUMER.LIST.EVENTS', '$JS.API.CONSUMER.CREATE.EVENTS.*.shop.>']),
    );
    for (const consumer of ['stock-reserve', 'stock-reserve-look']) {
      expect(ofDoor?.publish.deny).toEqual(
        expect.arrayContaining([
          `$JS.API.CONSUMER.CREATE.EVENTS.${consumer}.>`,
          `$JS.API.CONSUMER.MSG.NEXT.EVENTS.${consumer}`,
          `$JS.API.CONSUMER.DELETE.EVENTS.${consumer}`,
        ]),
      );
    }
    expect(ofStock?.publish).toMatchObject({ deny: [] });
    expect(ofStock?.publish.allow).not.toContain('$JS.API.CONSUMER.LIST.EVENTS');
  });

  it('are written for nobody when two services state facts of one aggregate', () => {
    const rival = service('rival', { states: ['product'] });

    expect(() => permissionsOf([stock, rival])).toThrow('stock and rival both state facts of product');
  });
});
