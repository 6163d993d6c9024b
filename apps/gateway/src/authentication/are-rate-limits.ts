import { ValidateBy, type ValidationArguments } from 'class-validator';
import { roles, type Role } from './caller.js';
import type { RatePerMinute } from './rate-limits.js';

/** About what one instance can do: a limit that only a caller gone wild meets. */
const usual: RatePerMinute = { shop: 240_000, partner: 30_000, admin: 30_000 };

const entry = /^(\w{1,20}):([1-9]\d{0,8})$/;

/** `shop:6000,partner:600`: requests a minute by role; a role that is not named keeps its default. */
export const AreRateLimits = (): PropertyDecorator =>
  ValidateBy({
    name: 'areRateLimits',
    validator: {
      validate: (value) => Array.isArray(value) && value.every((text) => isEntry(String(text))),
      defaultMessage: (validation?: ValidationArguments) =>
        `${validation?.property} must be requests a minute by role, such as shop:6000,partner:600,admin:600`,
    },
  });

export function ratesOf(entries: readonly string[]): RatePerMinute {
  const named = entries.map((text) => entry.exec(text)!).map(([, role, rate]) => [role, Number(rate)]);
  return { ...usual, ...(Object.fromEntries(named) as Partial<RatePerMinute>) };
}

function isEntry(text: string): boolean {
  const role = entry.exec(text)?.[1];
  return role !== undefined && roles.includes(role as Role);
}
