import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { natsAddress } from '../../tools/infrastructure/nats-address.mjs';

const STREAM = 'EVENTS';

/** What the broker holds for reactions that have not handled it yet. */
export async function openBacklog(natsUrl) {
  const connection = await connect(natsAddress(natsUrl));
  const manager = await jetstreamManager(connection);

  async function consumers(isOf) {
    const found = [];
    for await (const info of manager.consumers.list(STREAM)) {
      if (info.config.durable_name && isOf(info.config.durable_name.split('-')[0])) found.push(info);
    }
    return found;
  }

  return {
    /** Facts, counted for each reaction that waits for them. */
    async unhandled(isOf) {
      return (await consumers(isOf)).reduce((sum, info) => sum + info.num_pending + info.num_ack_pending, 0);
    },

    /** Facts a second that one reader takes and acknowledges which does nothing else, from where the reactions stand. */
    async readBare(service) {
      let count = 0;
      const began = performance.now();
      for (const { config, ack_floor } of await consumers((of) => of === service)) {
        const { name } = await manager.consumers.add(STREAM, {
          ack_policy: AckPolicy.Explicit,
          deliver_policy: DeliverPolicy.StartSequence,
          opt_start_seq: ack_floor.stream_seq + 1,
          filter_subject: config.filter_subject,
          max_ack_pending: config.max_ack_pending,
        });
        count += await readAll(await jetstream(connection).consumers.get(STREAM, name));
        await manager.consumers.delete(STREAM, name);
      }
      return (count * 1_000) / (performance.now() - began);
    },

    close: () => connection.close(),
  };
}

async function readAll(consumer) {
  let left = (await consumer.info()).num_pending;
  const total = left;
  if (left === 0) return 0;
  const messages = await consumer.consume({ max_messages: 400 });
  for await (const message of messages) {
    message.ack();
    left -= 1;
    if (left === 0) break;
  }
  return total;
}
