import type { JsonSchema } from '@hookshop/contracts';

/** What these routes answer, by name. */
export const eventTypeViews = {} satisfies Record<string, JsonSchema>;
