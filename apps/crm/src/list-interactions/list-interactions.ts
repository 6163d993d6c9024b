import { customerRequests, PageQuery, type InteractionView, type Page } from '@hookshop/contracts';
import { checkRequest, RequestController } from '@hookshop/messaging';
import { Database } from '@hookshop/persistence';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { IsString } from 'class-validator';
import { findCustomer } from '../find-customer.js';

class InteractionsOfCustomer extends PageQuery {
  @IsString() readonly id: string;
}

interface InteractionRow extends Omit<InteractionView, 'time'> {
  eventId: string;
  time: Date;
}

const AFTER_EVERY_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

@RequestController()
export class ListInteractions {
  constructor(private readonly database: Database) {}

  /** Newest first; the cursor is the id of the last fact seen. */
  @MessagePattern(customerRequests.interactions)
  async list(@Payload() body: unknown): Promise<Page<InteractionView>> {
    const { id, limit, cursor = AFTER_EVERY_ID } = checkRequest(InteractionsOfCustomer, body);
    const customer = await findCustomer(this.database.dataSource.manager, id);
    const found = await this.database.query<InteractionRow>(
      `SELECT event_id AS "eventId", type, order_id AS "orderId", time, detail FROM interactions
       WHERE customer_id = $1 AND event_id < $2 ORDER BY event_id DESC LIMIT $3`,
      [customer.id, cursor, limit + 1],
    );
    const page = found.slice(0, limit);
    return {
      data: page.map(({ type, orderId, time, detail }) => ({ type, orderId, time: time.toISOString(), detail })),
      nextCursor: found.length > limit ? page.at(-1)!.eventId : null,
    };
  }
}
