import { NotAShipment, readShipment, timeOf } from './carrier-shipment.js';

const shipment = {
  id: 'shp_1',
  reference: 'an-order',
  status: 'picked_up',
  carrier: 'Express',
  tracking_number: 'E1',
  created_at: '2026-01-02T03:04:05Z',
  picked_up_at: '2026-01-02T05:04:05+02:00',
  delivered_at: null,
  cancelled_at: null,
  returning_at: null,
};

describe('a shipment in the words of the carrier', () => {
  it('is read with its times in UTC, and whatever else it says left out', () => {
    expect(readShipment({ ...shipment, driver: 'Bob' })).toEqual({
      id: 'shp_1',
      reference: 'an-order',
      status: 'picked_up',
      carrier: 'Express',
      trackingNumber: 'E1',
      pickedUpAt: '2026-01-02T03:04:05.000Z',
      deliveredAt: null,
      cancelledAt: null,
      returningAt: null,
    });
  });

  it('may leave out the times of what has not happened', () => {
    const { delivered_at: _delivered, cancelled_at: _cancelled, ...rest } = shipment;

    expect(readShipment(rest)).toMatchObject({ deliveredAt: null, cancelledAt: null });
  });

  it.each<[string, unknown]>([
    ['id', undefined],
    ['id', ''],
    ['id', '../secrets'],
    ['id', 'shp 1'],
    ['id', 7],
    ['id', 'x'.repeat(65)],
    ['reference', null],
    ['reference', ['an-order']],
    ['status', 'lost'],
    ['status', undefined],
    ['carrier', ''],
    ['carrier', 'x'.repeat(201)],
    ['carrier', 'Express\r\nX-Evil: 1'],
    ['carrier', 'Ex\u0000press'],
    ['tracking_number', '\ud800'],
    ['tracking_number', { toString: 'E1' }],
    ['picked_up_at', 'yesterday'],
    ['picked_up_at', 1767323045],
    ['picked_up_at', '2026-01-02'],
    ['picked_up_at', '2026-13-02T03:04:05Z'],
    ['delivered_at', '0000-01-01T00:00:00Z'],
    ['cancelled_at', false],
    ['returning_at', '2026-01-02T03:04:05'],
  ])('is none with %s %j, and says which field, not what is in it', (field, value) => {
    let error: unknown;
    try {
      readShipment({ ...shipment, [field]: value });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(NotAShipment);
    expect((error as Error).message).toMatch(new RegExp(`^its ${field} is (missing|not valid|not a time)$`));
  });

  it.each([[null], [undefined], ['text'], [7], [[shipment]], [[]]])('is not %j', (value) => {
    expect(() => readShipment(value)).toThrow(new NotAShipment('it is no object'));
  });

  it('does not take fields from its prototype', () => {
    expect(() => readShipment(Object.create(shipment))).toThrow('its id is missing');
  });
});

describe('a time', () => {
  it.each([
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'],
    ['2026-01-02t03:04:05.123456789z', '2026-01-02T03:04:05.123Z'],
    ['2026-01-01T23:04:05-04:00', '2026-01-02T03:04:05.000Z'],
  ])('%s is %s', (text, time) => {
    expect(timeOf(text)).toBe(time);
  });
});
