import { findContract, WebhookReceived } from '@hookshop/contracts';
import { HandlesEvery, type Fact, type Transaction } from '@hookshop/messaging';
import { Injectable } from '@nestjs/common';
import { Dispatcher } from '../dispatch/dispatcher.js';
import { bodyOf, isStoredBody, messageOf } from './bodies.js';
import { insertBodies } from './insert-bodies.js';
import { insertMessages, type NewMessage } from './insert-messages.js';

/** Owes every fact that may leave the shop to each endpoint that asked for it. */
@Injectable()
export class FanOutToEndpoints {
  constructor(private readonly dispatcher: Dispatcher) {}

  /**
   * From the beginning: an endpoint made later may ask for what was before it. Internal facts stay here; those that come
   * by the thousand are not even read.
   */
  @HandlesEvery({ from: 'beginning', versions: 'all', except: [WebhookReceived] })
  async fanOut(facts: Fact<unknown>[], tx: Transaction): Promise<void> {
    const messages = facts.flatMap((fact) => leaving(fact) ?? []);
    if (messages.length === 0) return;
    const deliveries = await insertMessages(tx, messages, this.dispatcher.lanesWithRoom());
    await insertBodies(
      tx,
      deliveries.filter(({ format, payload }) => !isStoredBody(format, payload)),
    );
    const byId = new Map(messages.map((message) => [message.id, message]));
    tx.afterCommit(() =>
      this.dispatcher.accept(
        deliveries
          .filter(({ pending }) => pending)
          .map((delivery) => {
            const message = byId.get(delivery.messageId)!;
            const { format, payload } = delivery;
            const body = isStoredBody(format, payload) ? message.body : bodyOf(format, payload, message);
            const { type, orderId, traceparent } = message;
            return { ...delivery, type, orderId, traceparent, body };
          }),
      ),
    );
  }
}

/** The message that a fact is to partners; undefined when it must not leave. What this build does not know stays. */
function leaving(fact: Fact<unknown>): NewMessage | undefined {
  const audience = findContract(fact.type)?.audience ?? 'internal';
  if (audience === 'internal') return undefined;
  const message = messageOf(fact);
  const owner = audience === 'owner' ? (fact.data as { partnerId: string; endpointId: string }) : undefined;
  return {
    ...message,
    body: bodyOf('standard', 'full', message),
    partnerId: owner?.partnerId ?? null,
    aboutEndpointId: owner?.endpointId ?? null,
    superseded: fact.superseded ?? false,
    traceparent: fact.traceparent ?? null,
  };
}
