import { v7 } from 'uuid';

const newId = (prefix: string): string => `${prefix}_${v7().replaceAll('-', '')}`;

/** Begins with the time, so that ids sort in the order they were made in. */
export const newShipmentId = (): string => newId('shp');

/** Of one webhook, whatever is sent again of it. */
export const newMessageId = (): string => newId('msg');

/** Whether a text that came from outside can be an id; anything else is not worth a question to the books. */
export const looksLikeShipmentId = (text: string): boolean => /^shp_\w{1,60}$/.test(text);
