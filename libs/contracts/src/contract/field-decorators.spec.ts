import 'reflect-metadata';
import { validateSync } from 'class-validator';
import fc from 'fast-check';
import { allContracts } from '../index.js';
import { IsEmailAddress } from './field-decorators.js';

class Customer {
  @IsEmailAddress() readonly email: string;
}
interface OrderSchema {
  properties: { customer: { properties: { email: { pattern: string } } } };
}
const isTaken = (email: string): boolean => validateSync(Object.assign(new Customer(), { email })).length === 0;

describe('a mail address', () => {
  it.each([
    'ada@example.com',
    'ada+shop@EXAMPLE.com',
    "o'hara@sub.example.co.uk",
    'ä@example.com',
    '"ada"@example.com',
  ])('may be %s', (email) => {
    expect(isTaken(email)).toBe(true);
  });

  it.each([
    'a@b.co\r\nBcc: all@example.com',
    '"a\r\nBcc: all"@example.com',
    '"a b"@example.com',
    '"a@b"@example.com',
    '"a\u0001"@example.com',
    'a\u0000@example.com',
    'a@example.com,b@example.com',
    'Ada <a@example.com>',
    'a@localhost',
    `${'a'.repeat(300)}@example.com`,
  ])('may not be %j', (email) => {
    expect(isTaken(email)).toBe(false);
  });

  it('that is taken at the door is one for every reader of the fact', () => {
    const placed = allContracts().find(({ type }) => type === 'order.placed.v1')!;
    const { customer } = (placed.schema as unknown as OrderSchema).properties;
    const shape = new RegExp(customer.properties.email.pattern, 'u');
    const odd = fc.string({ unit: fc.constantFrom(...'a"@ \\.\r\n\t\u0001\u00a0\u2028<>,;:()'), maxLength: 12 });

    fc.assert(
      fc.property(odd, fc.boolean(), (local, quoted) => {
        const email = `${quoted ? `"${local}"` : local}@example.com`;
        return !isTaken(email) || shape.test(email);
      }),
      { numRuns: 5_000 },
    );
  });
});
