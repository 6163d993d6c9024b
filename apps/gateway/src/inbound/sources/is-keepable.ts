const MOST_LEVELS = 32;

/** JSON knows both, PostgreSQL's JSON neither. */
const isText = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

/** JSON knows all of them; read as a number, what is beyond would become another one, or none. */
const isNumber = (number: number): boolean =>
  Number.isFinite(number) && (!Number.isInteger(number) || Number.isSafeInteger(number));

/**
 * Whether everybody behind the stream can read and keep a parsed JSON value: a fact that none of them can handle would
 * only end among the dead letters.
 */
export function isKeepable(value: unknown, levels = MOST_LEVELS): boolean {
  if (typeof value === 'string') return isText(value);
  if (typeof value === 'number') return isNumber(value);
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  return Object.entries(value).every(([key, item]) => isText(key) && isKeepable(item, levels - 1));
}
