import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { natsAddress } from '../../tools/infrastructure/nats-address.mjs';

const STREAM = 'EVENTS';

/**
 * Holds the stream against what was committed: the facts of an aggregate count from one, so each is there exactly once
 * and in order if, and only if, every number is followed by the next.
 *
 * @param {Record<string, number>} ledger how many facts of each aggregate were committed
 * @returns {Promise<{ facts: number, faults: string[] }>}
 */
export async function readStream(natsUrl, ledger) {
  const connection = await connect(natsAddress(natsUrl));
  const { state } = await (await jetstreamManager(connection)).streams.info(STREAM);
  const last = new Map();
  let [outOfStep, left] = [0, state.messages];
  const consumer = await jetstream(connection).consumers.get(STREAM, { headers_only: true });
  const messages = left > 0 ? await consumer.consume({ max_messages: 5_000 }) : [];
  for await (const { headers } of messages) {
    const aggregate = headers.get('ce-subject');
    const [sequence, before] = [Number(headers.get('ce-sequence')), last.get(aggregate) ?? 0];
    if (sequence !== before + 1) outOfStep += 1;
    last.set(aggregate, Math.max(sequence, before));
    left -= 1;
    if (left === 0) break;
  }
  await connection.close();
  const committed = Object.values(ledger).reduce((sum, count) => sum + count, 0);
  const unlike = Object.keys(ledger).filter((aggregate) => (last.get(aggregate) ?? 0) !== ledger[aggregate]);
  return {
    facts: state.messages,
    faults: [
      ...(state.messages === committed
        ? []
        : [`${state.messages} facts in the stream for ${committed} committed ones`]),
      ...(outOfStep === 0 ? [] : [`${outOfStep} facts in the stream do not follow the one before of their aggregate`]),
      ...(unlike.length === 0 ? [] : [`the last facts of ${unlike.length} aggregates are not in the stream`]),
    ],
  };
}
