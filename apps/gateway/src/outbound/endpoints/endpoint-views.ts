import type { JsonSchema } from '@hookshop/contracts';

/** What these routes answer, by name. */
export const endpointViews = {} satisfies Record<string, JsonSchema>;
