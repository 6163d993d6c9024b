import { newestKnownVersion } from '@hookshop/contracts';
import type { JsMsg } from '@nats-io/jetstream';
import type { Fact } from '../fact.js';
import { isUnreadable, open, type EnvelopeHeaders, type Unreadable } from '../jetstream/envelope.js';

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
    options: { newestOnly: boolean },
  ) {
    const read = readFact(message);
    this.deliveries = message.info.deliveryCount;
    this.fact = isUnreadable(read) ? read.fact : read;
    this.faults = isUnreadable(read) ? read.faults : [];
    this.isOlderCompanion = options.newestOnly && this.fact.superseded === true;
  }

  get subject(): string {
    return this.message.subject;
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

/** The fact in a message of the stream, or what is wrong with it. */
export function readFact(message: JsMsg): Fact<unknown> | Unreadable {
  const values: EnvelopeHeaders = {};
  for (const [name, [value]] of message.headers ?? []) values[name.toLowerCase()] = value ?? '';
  const { stream, streamSequence } = message.info;
  const read = open(message.subject, values, message.string(), {
    stream,
    sequence: streamSequence,
    time: message.timestamp,
  });
  if (hasNewerVersion(message)) (isUnreadable(read) ? read.fact : read).superseded = true;
  return read;
}

/** The same occurrence is in the stream in a newer version, too, that this build knows. */
export function hasNewerVersion({ subject, headers }: JsMsg): boolean {
  const newest = headers?.get('ce-newestversion');
  const [, name, version] = /^shop\.(.+)\.v(\d+)$/.exec(subject) ?? [];
  if (!newest || name === undefined) return false;
  return Number(version) < Math.min(Number(newest), newestKnownVersion(name));
}
