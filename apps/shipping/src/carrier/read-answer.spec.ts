import { errors } from 'undici';
import { NotAShipment } from './carrier-shipment.js';
import { readAnswer, readList, readRefusal, readTrouble } from './read-answer.js';

const shipment = { id: 'shp_1', reference: 'an-order', status: 'booked', carrier: 'Express', tracking_number: 'E1' };

describe("the carrier's answer", () => {
  it('counts when it is about the parcel that was asked about, and only then', () => {
    expect(readAnswer(shipment, { id: 'shp_1', reference: 'an-order' })).toMatchObject({ id: 'shp_1' });
    expect(() => readAnswer(shipment, { id: 'shp_2' })).toThrow(NotAShipment);
    expect(() => readAnswer(shipment, { reference: 'another-order' })).toThrow(NotAShipment);
  });

  it('may be a list of parcels, all of one order', () => {
    expect(readList({ data: [shipment, shipment] }, 'an-order')).toHaveLength(2);
    expect(readList({ data: [] }, 'an-order')).toEqual([]);
    for (const value of [undefined, null, 'text', [], {}, { data: {} }, { data: [null] }]) {
      expect(() => readList(value, 'an-order')).toThrow(NotAShipment);
    }
    expect(() => readList({ data: [shipment] }, 'another-order')).toThrow(NotAShipment);
  });

  it.each([400, 404, 409, 410, 422])(
    '%s is a refusal, with its code for the log and its message for operators',
    (status) => {
      expect(readRefusal(status, { error: { code: 'no_such_city', message: '1 Main\nSt?' } })).toEqual({
        is: 'refused',
        status,
        reason: `${status} no_such_city`,
        error: `The carrier answered ${status} no_such_city: 1 Main St?`,
      });
    },
  );

  it.each([408, 429, 500, 503])('%s leaves open what happened', (status) => {
    expect(readRefusal(status, { error: { code: 'busy', message: 'wait' } })).toEqual({
      is: 'unresolved',
      error: `The carrier answered ${status} busy`,
    });
  });

  it.each([401, 403])('%s is for whoever keeps our key', (status) => {
    expect(readRefusal(status, undefined)).toEqual({
      is: 'unresolved',
      error: `The carrier answered ${status}`,
      operator: true,
    });
  });

  it('that leads elsewhere is not followed', () => {
    expect(readRefusal(307, undefined)).toMatchObject({
      is: 'unresolved',
      error: expect.stringContaining('CARRIER_API_BASE'),
    });
  });

  it.each<[unknown]>([[null], ['<html>'], [{ error: 'text' }], [{ error: { code: '<b>', message: 7 } }]])(
    'refuses without a reason when it says %j',
    (value) => {
      expect(readRefusal(400, value)).toMatchObject({ reason: '400', error: 'The carrier answered 400' });
    },
  );

  it.each([
    ['no JSON', new SyntaxError('Unexpected token < in "1 Main St"'), 'The answer is not JSON'],
    ['no shipment', new NotAShipment('its id is missing'), 'The answer is not a shipment: its id is missing'],
    ['too late', new DOMException('The operation timed out', 'TimeoutError'), 'No answer came in time'],
    ['cut off', new DOMException('This operation was aborted', 'AbortError'), 'No answer came in time'],
    ['not there', Object.assign(new Error('10.0.0.1'), { code: 'ECONNREFUSED' }), 'could not be asked (ECONNREFUSED)'],
    ['broken off', new errors.SocketError('other side closed'), 'could not be asked (UND_ERR_SOCKET)'],
  ])('that is %s leaves open what happened', (_what, error, text) => {
    expect(readTrouble(error)).toEqual({ is: 'unresolved', error: expect.stringContaining(text) });
    expect(JSON.stringify(readTrouble(error))).not.toMatch(/Main St|10\.0\.0\.1/);
  });

  it('is not to blame for a fault of ours', () => {
    expect(readTrouble(new TypeError('x is not a function'))).toBeUndefined();
  });
});
