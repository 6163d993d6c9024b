import { inTrace, type Logger, type Tracer } from '@hookshop/observability';
import type { Attempted } from './attempted.js';

/** One wide line and one span for every attempt: ids and outcome, nothing of the message and nothing of the URL. */
export function tellAttempt(attempted: Attempted, log: Logger, tracer: Tracer): void {
  const { lane, delivery, outcome, verdict, traceparent } = attempted;
  const { deliveryId, messageId, type, orderId, traceparent: parent } = delivery;
  const attempt = delivery.tries + 1;
  if (log.isLevelEnabled('info')) {
    const line = {
      endpointId: lane.endpointId,
      deliveryId,
      webhookId: messageId,
      type,
      correlationId: orderId ?? undefined,
      attempt,
      outcome: outcome.outcome,
      status: outcome.status,
      error: outcome.error,
      durationMs: Math.round(outcome.durationMs.total),
      next: verdict.next,
    };
    inTrace({ traceparent: traceparent ?? parent ?? undefined }, () => log.info(line, 'Webhook attempted'));
  }
  if (traceparent === undefined) return;
  const endedAt = tracer.now();
  tracer.record({
    name: 'deliver-webhook',
    kind: 'client',
    traceparent,
    parent: parent ?? undefined,
    startedAt: endedAt - outcome.durationMs.total,
    endedAt,
    attributes: {
      'http.request.method': 'POST',
      ...(outcome.status && { 'http.response.status_code': outcome.status }),
      'messaging.message.id': messageId,
      'hookshop.endpoint_id': lane.endpointId,
      'hookshop.delivery_id': deliveryId,
      'hookshop.outcome': outcome.outcome,
      'hookshop.attempt': attempt,
      ...(orderId !== null && { 'hookshop.correlation_id': orderId }),
    },
    error: outcome.outcome === 'delivered' ? undefined : (outcome.error?.class ?? String(outcome.status)),
  });
}
