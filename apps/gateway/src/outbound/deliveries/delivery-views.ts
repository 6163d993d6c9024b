import type { JsonSchema } from '@hookshop/contracts';

/** What these routes answer, by name. */
export const deliveryViews = {} satisfies Record<string, JsonSchema>;
