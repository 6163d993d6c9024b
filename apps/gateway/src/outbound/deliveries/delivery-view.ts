/** As the API tells it: a pending one in the hands of a living instance is in flight. */
export const deliveryStatuses = ['pending', 'in-flight', 'delivered', 'exhausted', 'held', 'cancelled'] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

/** One event owed to one endpoint. */
export interface DeliveryView {
  id: string;
  endpointId: string;
  /** Id of the fact, `webhook-id` in every attempt. */
  webhookId: string;
  type: string;
  orderId: string | null;
  status: DeliveryStatus;
  attempts: number;
  nextAttemptAt: string | null;
  createdAt: string;
  deliveredAt: string | null;
}

export interface DeliveryRow extends Omit<DeliveryView, 'nextAttemptAt' | 'createdAt' | 'deliveredAt'> {
  nextAttemptAt: Date | null;
  createdAt: Date;
  deliveredAt: Date | null;
}

/** Whether the delivery of `queue` is in the hands of the living instance that has `lane`; also where there is neither. */
export const isInFlight = `coalesce(queue.claimed_epoch = lane.epoch AND lane.leased_until > now(), false)`;

/** Columns of a `DeliveryRow` over the tables as `deliveryTables` joins them. */
export const deliveryColumns = `
  delivery.id, delivery.endpoint_id AS "endpointId", delivery.message_id AS "webhookId", message.type,
  message.order_id AS "orderId",
  CASE WHEN delivery.status = 'pending' AND ${isInFlight} THEN 'in-flight' ELSE delivery.status END AS status,
  delivery.attempts, queue.due_at AS "nextAttemptAt", delivery.created_at AS "createdAt",
  delivery.delivered_at AS "deliveredAt"`;

export const deliveryTables = `
  JOIN webhook_messages AS message ON message.id = delivery.message_id
  LEFT JOIN webhook_queue AS queue ON queue.delivery_id = delivery.id
  LEFT JOIN webhook_lanes AS lane ON lane.endpoint_id = delivery.endpoint_id`;

export const toDeliveryView = ({ nextAttemptAt, createdAt, deliveredAt, ...row }: DeliveryRow): DeliveryView => ({
  ...row,
  nextAttemptAt: nextAttemptAt?.toISOString() ?? null,
  createdAt: createdAt.toISOString(),
  deliveredAt: deliveredAt?.toISOString() ?? null,
});
