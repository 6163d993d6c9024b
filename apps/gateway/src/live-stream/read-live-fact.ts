import { newestKnownVersion } from '@hookshop/contracts';
import { isUnreadable, open, STREAM, type Fact } from '@hookshop/messaging';
import type { JsMsg } from '@nats-io/jetstream';

/** The fact in a message of the stream; undefined for what is no fact at all, which nobody can show. */
export function readLiveFact(message: JsMsg): Fact<unknown> | undefined {
  const headers: Record<string, string> = {};
  for (const [name, [value]] of message.headers ?? []) headers[name.toLowerCase()] = value ?? '';
  const { streamSequence } = message.info;
  const read = open(message.subject, headers, message.string(), {
    stream: STREAM,
    sequence: streamSequence,
    time: message.timestamp,
  });
  return isUnreadable(read) ? undefined : read;
}

/** The occurrence is in the stream in a newer version, too, that this build knows. */
export function hasNewerVersion(message: JsMsg): boolean {
  const newest = message.headers?.get('ce-newestversion');
  const [, name, version] = /^shop\.(.+)\.v(\d+)$/.exec(message.subject) ?? [];
  if (!newest || name === undefined) return false;
  return Number(version) < Math.min(Number(newest), newestKnownVersion(name));
}
