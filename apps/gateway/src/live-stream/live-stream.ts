import type { ServerResponse } from 'node:http';
import { subjectOf, SUBJECT_PREFIX } from '@hookshop/contracts';
import { Problem } from '@hookshop/http';
import { BrokerConnection, STREAM, type OpenBroker } from '@hookshop/messaging';
import { Logger, Metrics } from '@hookshop/observability';
import { Injectable } from '@nestjs/common';
import { GatewayConfig } from '../gateway.config.js';
import { StreamReader, type Wanted } from './stream-reader.js';

/** The broker forgets a reader that this process could not say goodbye for. */
const FORGET_MS = 60_000;

/** Facts as they happen, for people who watch. */
@Injectable()
export class LiveStream {
  private readonly readers = new Set<StreamReader>();
  private readonly clients;
  private readonly readersOfKey = new Map<string, number>();
  private opening = 0;

  constructor(
    private readonly broker: BrokerConnection,
    private readonly config: GatewayConfig,
    private readonly log: Logger,
    metrics: Metrics,
  ) {
    this.clients = metrics.gauge({ name: 'event_stream_clients', help: 'Clients reading the live stream' });
    broker.whenBack(() => void this.endLostReaders());
  }

  /**
   * Readies a reader that goes on after a place in the stream, or starts now.
   *
   * @throws Problem 410 when facts after that place are gone, 429 when the key has its share of readers, 503 when there
   *   is no room or no broker
   */
  async open(
    response: ServerResponse,
    wanted: Wanted,
    lastEventId: number | undefined,
    keyId: string,
  ): Promise<StreamReader> {
    const ofKey = this.readersOfKey.get(keyId) ?? 0;
    if (ofKey >= this.config.eventStreamClientsPerKey) throw tooMany(ofKey);
    if (this.readers.size + this.opening >= this.config.eventStreamClients) {
      throw unavailable('As many clients as this instance takes are reading the live stream.');
    }
    const broker = this.broker.current;
    if (broker === undefined) throw unavailable('The live stream is away, since the broker is.');
    this.opening += 1;
    this.hold(keyId, response);
    try {
      const place = await placeOf(broker, lastEventId);
      const consumer = await broker.jetstream.consumers.get(STREAM, {
        opt_start_seq: place + 1,
        filter_subjects: wanted.type === undefined ? `${SUBJECT_PREFIX}>` : subjectOf(wanted.type),
        inactive_threshold: FORGET_MS,
      });
      return new StreamReader(response, consumer, wanted, place);
    } catch (error) {
      if (error instanceof Problem) throw error;
      this.log.warn({ err: error }, 'A reader of the live stream could not be opened');
      throw unavailable('The live stream is away.');
    } finally {
      this.opening -= 1;
    }
  }

  async follow(reader: StreamReader): Promise<void> {
    this.readers.add(reader);
    this.clients.set(this.readers.size);
    try {
      await reader.run();
    } catch (error) {
      this.log.warn({ err: error }, 'A reader of the live stream ended');
      reader.end();
    } finally {
      this.readers.delete(reader);
      this.clients.set(this.readers.size);
    }
  }

  /** A place of the key is taken until its client is gone, or was refused. */
  private hold(keyId: string, response: ServerResponse): void {
    if (response.closed) return;
    this.readersOfKey.set(keyId, (this.readersOfKey.get(keyId) ?? 0) + 1);
    response.once('close', () => {
      const left = this.readersOfKey.get(keyId)! - 1;
      if (left === 0) this.readersOfKey.delete(keyId);
      else this.readersOfKey.set(keyId, left);
    });
  }

  /** After the broker was away its stream may be another one. */
  private async endLostReaders(): Promise<void> {
    if (this.readers.size === 0) return;
    try {
      const { state } = await (await this.broker.opened).manager.streams.info(STREAM);
      for (const reader of this.readers) if (reader.isBeyond(state.last_seq)) reader.end();
    } catch (error) {
      this.log.warn({ err: error }, 'Readers of the live stream must come back');
      for (const reader of this.readers) reader.end();
    }
  }
}

/** The place after which a reader starts: pinned, so that losing the broker for a moment leaves no gap. */
async function placeOf({ manager }: OpenBroker, lastEventId: number | undefined): Promise<number> {
  const { first_seq, last_seq } = (await manager.streams.info(STREAM)).state;
  if (lastEventId === undefined) return last_seq;
  if (lastEventId < first_seq - 1 || lastEventId > last_seq) {
    throw new Problem(410, 'Facts after this Last-Event-ID are not kept any more. Start again without one.');
  }
  return lastEventId;
}

const tooMany = (readers: number): Problem =>
  new Problem(429, `${readers} clients are reading the live stream with this API key. Close one of them.`, {
    headers: { 'Retry-After': '5' },
  });

const unavailable = (detail: string): Problem =>
  new Problem(503, `${detail} Try again shortly.`, { headers: { 'Retry-After': '5' } });
