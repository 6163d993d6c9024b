import 'reflect-metadata';
import { validateSync } from 'class-validator';
import { IsInstant } from './instants.js';

class Asked {
  @IsInstant() readonly since: unknown;
}
const saidOf = (since: unknown): string[] =>
  validateSync(Object.assign(new Asked(), { since })).flatMap(({ constraints }) => Object.values(constraints ?? {}));

describe('an instant', () => {
  it.each([
    '2026-01-31T12:00:00Z',
    '2026-01-31t23:59:59.123456789z',
    '2024-02-29T00:00:00+14:00',
    '2000-02-29T00:00:00-12:00',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59-14:00',
  ])('may be %s', (text) => {
    expect(saidOf(text)).toEqual([]);
  });

  it.each([
    ...['2026-02-30T00:00:00Z', '2026-02-29T00:00:00Z', '1900-02-29T00:00:00Z', '2026-04-31T12:00:00+02:00'],
    ...['2026-13-01T00:00:00Z', '2026-00-10T00:00:00Z', '2026-01-00T00:00:00Z', '2026-01-32T00:00:00Z'],
    ...['2026-01-31T24:00:00Z', '2026-01-31T12:60:00Z', '2026-01-31T12:00:60Z', '2026-01-31T12:00:00+24:00'],
    ...['2026-01-31', '2026-01-31T12:00:00', '2026-W05-6', '1769860800', '', ' 2026-01-31T12:00:00Z', 7, null],
  ])('is not %p', (value) => {
    expect(saidOf(value)).toEqual(['since must be an RFC 3339 time such as 2026-01-31T12:00:00Z']);
  });
});
