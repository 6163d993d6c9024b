import { v7 } from 'uuid';

/** `pi_…`, `re_…`, `evt_…`: begins with the time, so that ids sort in the order they were made in. */
export const newId = (prefix: 'pi' | 're' | 'evt'): string => `${prefix}_${v7().replaceAll('-', '')}`;

/** Whether a text that came from outside can be an id; anything else is not worth a question to the books. */
export const looksLikeId = (prefix: 'pi' | 're', text: string): boolean =>
  text.length <= 64 && text.startsWith(`${prefix}_`) && /^\w+$/.test(text);
