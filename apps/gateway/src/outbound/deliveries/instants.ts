import { applyFieldDecorators, hasSchema } from '@hookshop/contracts';
import { ValidateBy } from 'class-validator';

const rfc3339 = /^(\d{4}-\d{2}-\d{2})T(?:[01]\d|2[0-3]):\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/i;
const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** A moment, with its offset: weeks and bare dates, which ISO 8601 knows as well, leave open which one is meant. */
export const IsInstant = (): PropertyDecorator =>
  applyFieldDecorators(
    ValidateBy({
      name: 'isInstant',
      validator: {
        validate: (value) => typeof value === 'string' && isInstant(value),
        defaultMessage: () => '$property must be an RFC 3339 time such as 2026-01-31T12:00:00Z',
      },
    }),
    hasSchema({ type: 'string', format: 'date-time' }),
  );

function isInstant(text: string): boolean {
  const [, day] = rfc3339.exec(text) ?? [];
  return day !== undefined && isDay(day) && !Number.isNaN(Date.parse(text));
}

/** `Date` takes 30 February for 2 March. */
function isDay(day: string): boolean {
  const midnight = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
}

/** The same moment in UTC, moved into the years that PostgreSQL and `Date` write alike. Nothing here is that old. */
export const instant = (text: string): string =>
  new Date(Math.min(Math.max(Date.parse(text), 0), LATEST)).toISOString();

/**
 * The least UUIDv7 of a moment. Nothing created at that moment or later has a smaller id, so an index that has the id
 * skips what is older without looking at its rows.
 */
export const firstIdAt = (text: string): string => {
  const hex = Date.parse(instant(text)).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
};

export const FIRST_ID = '00000000-0000-0000-0000-000000000000';
