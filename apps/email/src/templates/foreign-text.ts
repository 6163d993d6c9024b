/**
 * Text that strangers chose, on one line. Marks that turn the reading direction are taken out: one in a product's name
 * would rewrite the rest of the line, the price included.
 */
export const oneLine = (text: string): string =>
  text.replace(/[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/g, '').replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');

const LOOKS_LIKE_A_LINK = /:\/\/|\bwww\.|[\p{L}\p{N}-]\.\p{L}{2,}|@/iu;

/**
 * Anybody can place an order with a stranger's address and a name of their choice. A name that mail programs would
 * turn into a link is left out, or the shop would carry other people's advertising.
 */
export function greeting(name: string): string {
  const shown = oneLine(name).trim();
  return shown === '' || LOOKS_LIKE_A_LINK.test(shown) ? 'Hello,' : `Hello ${shown},`;
}

/** For element content and quoted attributes. Pure ASCII, so that no mail server on the way needs to re-encode it. */
export const escapeHtml = (text: string): string =>
  oneLine(text).replace(/[&<>"'\u0080-\u{10ffff}]/gu, (character) => `&#${character.codePointAt(0)};`);
