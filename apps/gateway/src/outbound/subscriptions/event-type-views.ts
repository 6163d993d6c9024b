import type { JsonSchema } from '@hookshop/contracts';
import { anything, oneOf, text, view } from '../../documentation/schema-parts.js';
import type { EventTypeView, WholeEventTypeView } from './event-types.controller.js';

const eventType: Record<keyof EventTypeView, JsonSchema> = {
  type: { type: 'string', examples: ['order.placed.v1'] },
  description: text,
  audience: oneOf(['all', 'owner']),
};

/** What these routes answer, by name. */
export const eventTypeViews = {
  EventType: view<WholeEventTypeView>({ ...eventType, schema: { type: 'object' }, example: anything }),
  EventTypes: view<{ data: EventTypeView[] }>({ data: { type: 'array', items: view<EventTypeView>(eventType) } }),
} satisfies Record<string, JsonSchema>;
