import { NotAShipment } from '../carrier/carrier-shipment.js';
import { readCarrierMessage } from './read-carrier-message.js';

const orderId = '0198f3a0-0000-7000-8000-00000000000a';
const shipment = {
  id: 'shp_1',
  reference: orderId,
  status: 'picked_up',
  carrier: 'Express',
  tracking_number: 'E1',
  picked_up_at: '2026-01-02T03:04:05.000Z',
};
const message = { type: 'shipment.picked_up', timestamp: '2026-01-03T00:00:00.000Z', data: shipment };
const read = (body: unknown) =>
  readCarrierMessage({ body: typeof body === 'string' ? body : JSON.stringify(body), encoding: 'utf8' });

describe("the carrier's message", () => {
  it('tells how far a parcel is', () => {
    expect(read(message)).toEqual({
      is: 'news',
      type: 'shipment.picked_up',
      parcel: expect.objectContaining({ id: 'shp_1', reference: orderId, status: 'picked_up', carrier: 'Express' }),
    });
  });

  it('is what its type says, however far the parcel is by now', () => {
    const late = { ...shipment, status: 'delivered', delivered_at: '2026-01-04T00:00:00.000Z' };

    expect(read({ ...message, data: late })).toMatchObject({ parcel: { status: 'picked_up' } });
    expect(read({ ...message, type: 'shipment.delivered' })).toMatchObject({
      parcel: { status: 'delivered', pickedUpAt: shipment.picked_up_at, deliveredAt: message.timestamp },
    });
  });

  it('lends its own time to what it has no time of', () => {
    const timeless = { ...shipment, picked_up_at: null };

    expect(read({ ...message, data: timeless })).toMatchObject({ parcel: { pickedUpAt: message.timestamp } });
    expect(read({ ...message, type: 'shipment.delivered', data: timeless })).toMatchObject({
      parcel: { pickedUpAt: message.timestamp, deliveredAt: message.timestamp },
    });
  });

  it('is of one order, however its id is written', () => {
    const shouted = { ...shipment, reference: orderId.toUpperCase() };

    expect(read({ ...message, data: shouted })).toMatchObject({ parcel: { reference: orderId } });
  });

  it('may be of a type that means nothing here, whatever else is in it', () => {
    expect(read({ type: 'shipment.sneezed_at', data: null })).toEqual({ is: 'unknown', type: 'shipment.sneezed_at' });
  });

  it('may come as bytes', () => {
    const body = Buffer.from(JSON.stringify(message)).toString('base64');

    expect(readCarrierMessage({ body, encoding: 'base64' })).toMatchObject({ is: 'news' });
  });

  it.each<[string, unknown]>([
    ['it is not JSON', '{'],
    ['it is not JSON', ''],
    ['it is not a JSON object', 'null'],
    ['it is not a JSON object', '[]'],
    ['its type is not valid', {}],
    ['its type is not valid', { ...message, type: 7 }],
    ['its type is not valid', { ...message, type: 'a\nb' }],
    ['its type is not valid', { ...message, type: 'x'.repeat(101) }],
    ['its timestamp is not a time', { ...message, timestamp: 'now' }],
    ['its timestamp is not a time', { ...message, timestamp: undefined }],
    ['it is no object', { ...message, data: undefined }],
    ['its id is missing', { ...message, data: { ...shipment, id: undefined } }],
    ['its reference is not the id of an order', { ...message, data: { ...shipment, reference: "' OR 1=1" } }],
  ])('cannot be read: %s', (fault, body) => {
    expect(() => read(body)).toThrow(new NotAShipment(fault));
  });

  it('cannot be read when its bytes are no text', () => {
    const bytes = Buffer.from(JSON.stringify(message));
    bytes[bytes.indexOf('Express')] = 0xff;
    const body = bytes.toString('base64');

    expect(() => readCarrierMessage({ body, encoding: 'base64' })).toThrow(new NotAShipment('it is not JSON'));
  });
});
