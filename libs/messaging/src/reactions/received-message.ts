import type { JsMsg } from '@nats-io/jetstream';
import type { MsgHdrs } from '@nats-io/transport-node';
import type { Fact } from '../fact.js';
import { isUnreadable, open, type EnvelopeHeaders } from '../jetstream/envelope.js';
import { isOlderCompanion } from '../transaction.js';

/** A message in this process's hands: the fact in it, and the one answer the broker gets. */
export class ReceivedMessage {
  readonly fact: Fact<unknown>;
  /** Why it cannot be handled at all; empty when it can. */
  readonly faults: string[];
  /** Another version of the same occurrence reaches this reaction too. */
  readonly isOlderCompanion: boolean;
  readonly deliveries: number;
  answered = false;

  constructor(
    private readonly message: JsMsg,
    options: { wildcard: boolean },
  ) {
    const values = plain(message.headers);
    const { stream, streamSequence, deliveryCount } = message.info;
    this.deliveries = deliveryCount;
    const read = open(message.subject, values, message.string(), {
      stream,
      sequence: streamSequence,
      time: message.timestamp,
    });
    this.fact = isUnreadable(read) ? read.fact : read;
    this.faults = isUnreadable(read) ? read.faults : [];
    this.isOlderCompanion = options.wildcard && older(this.fact.type, values['ce-newestversion']);
  }

  ack(): void {
    this.answer(() => this.message.ack());
  }

  /** The broker delivers it again after the pause, to any instance. */
  giveBack(pauseMs: number): void {
    this.answer(() => this.message.nak(pauseMs));
  }

  terminate(): void {
    this.answer(() => this.message.term());
  }

  /** Still being worked on: the broker must not give it to somebody else yet. */
  keep(): void {
    if (!this.answered) this.message.working();
  }

  private answer(send: () => void): void {
    if (this.answered) return;
    this.answered = true;
    send();
  }
}

function plain(headers: MsgHdrs | undefined): EnvelopeHeaders {
  const result: EnvelopeHeaders = {};
  for (const [name, values] of headers ?? []) result[name.toLowerCase()] = values[0] ?? '';
  return result;
}

function older(type: string, newest: string | undefined): boolean {
  if (newest === undefined) return false;
  const [, name, version] = /^(.+)\.v(\d+)$/.exec(type) ?? [];
  return name !== undefined && isOlderCompanion(name, Number(version), Number(newest));
}
