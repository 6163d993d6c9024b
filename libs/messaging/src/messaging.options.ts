import type { ServiceConfig } from '@hookshop/config';
import type { StreamOptions } from './jetstream/events-stream.js';
import type { ConsumerOptions } from './reactions/reaction-consumer.js';
import type { RetryPolicy } from './reactions/failure.js';

export interface MessagingOptions {
  /** Name of the service: prefix of its durable consumers and source of its facts. One word. */
  service: string;
  /** `nats://host:4222`, several comma-separated. */
  natsUrl: string;
  /** Whether the service is ready without the broker; default true. */
  brokerRequired?: boolean;
  stream?: StreamOptions;
  consumer?: Partial<ConsumerOptions>;
  retry?: RetryPolicy;
  /** Facts that may wait for the broker before nothing new is accepted; default 50,000. */
  maxBacklog?: number;
  /** Age in milliseconds from which a fact counts as left behind by the process that committed it; default 2,000. */
  leftBehindMs?: number;
}

type MessagingConfig = Pick<
  ServiceConfig,
  'natsUrl' | 'eventsReplicas' | 'eventsMaxAgeDays' | 'eventsMaxBytes' | 'outboxMaxFacts'
>;

/** What a service's environment says about messaging. */
export const messagingSettings = (
  config: MessagingConfig,
): Pick<MessagingOptions, 'natsUrl' | 'stream' | 'maxBacklog'> => ({
  natsUrl: config.natsUrl,
  stream: {
    replicas: config.eventsReplicas,
    maxAgeDays: config.eventsMaxAgeDays,
    maxBytes: config.eventsMaxBytes,
  },
  maxBacklog: config.outboxMaxFacts,
});
