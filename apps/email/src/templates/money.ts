interface CurrencyFormat {
  format: Intl.NumberFormat;
  /** Minor units of the currency: 2 for USD, 0 for JPY. */
  decimals: number;
}

const formats = new Map<string, CurrencyFormat>();

function formatOf(currency: string): CurrencyFormat {
  let known = formats.get(currency);
  if (!known) {
    const format = new Intl.NumberFormat('en-US', { style: 'currency', currency });
    formats.set(currency, (known = { format, decimals: format.resolvedOptions().maximumFractionDigits ?? 2 }));
  }
  return known;
}

/** `$9,900.00`; exact for any amount, also beyond what a floating-point number of major units can hold. */
export function money(minorUnits: number | bigint, currency: string): string {
  const { format, decimals } = formatOf(currency);
  const digits = String(minorUnits).padStart(decimals + 1, '0');
  const major = decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
  // No-break spaces would be the only thing beyond ASCII in many a mail.
  return format.format(major as Intl.StringNumericLiteral).replaceAll('\u00a0', ' ');
}

/** Price of a line; may exceed what a number holds exactly. */
export const amountOf = ({ quantity, unitPriceInCents }: { quantity: number; unitPriceInCents: number }): bigint =>
  BigInt(quantity) * BigInt(unitPriceInCents);

const counts = new Intl.NumberFormat('en-US');

/** `1,000,000` */
export const count = (quantity: number): string => counts.format(quantity);
