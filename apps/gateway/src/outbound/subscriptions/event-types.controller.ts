import { exampleOf, publishedSchema, type Audience, type JsonSchema } from '@hookshop/contracts';
import { Problem } from '@hookshop/http';
import { Controller, Get, Param } from '@nestjs/common';
import { For } from '../../authentication/caller.js';
import { Documented } from '../../documentation/documented.js';
import { findSubscribable, subscribableContracts } from './subscribable-types.js';

export interface EventTypeView {
  type: string;
  description: string;
  /** `owner`: only the partner whom it concerns receives it. */
  audience: Audience;
}

export interface WholeEventTypeView extends EventTypeView {
  /** JSON Schema of the data. */
  schema: JsonSchema;
  /** Data that the schema describes. */
  example: unknown;
}

/** What there is to subscribe to. */
@Controller('v1/event-types')
export class EventTypesController {
  @Get()
  @For('partner')
  @Documented({ summary: 'List the event types that endpoints can subscribe to', answer: 'EventTypes' })
  list(): { data: EventTypeView[] } {
    return {
      data: subscribableContracts().map(({ type, description, audience }) => ({ type, description, audience })),
    };
  }

  @Get(':type')
  @For('partner')
  @Documented({ summary: 'Show an event type with schema and example', answer: 'EventType', refusals: [404] })
  show(@Param('type') wanted: string): WholeEventTypeView {
    const contract = findSubscribable(wanted);
    if (!contract) throw new Problem(404, 'There is no such event type; see GET /v1/event-types.');
    const { type, description, audience } = contract;
    return { type, description, audience, schema: publishedSchema(contract), example: exampleOf(contract.schema) };
  }
}
