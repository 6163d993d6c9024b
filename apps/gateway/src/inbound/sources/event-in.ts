import { isUtf8 } from 'node:buffer';
import { contractOf } from '@hookshop/contracts';
import { jsonPointer } from '@hookshop/webhooks';
import type { Mapping } from './inbound-source.js';
import { isKeepable } from './is-keepable.js';

/** The event that a message is, or why it is none. */
export type EventInMessage = { event: Mapping['event']; data: object } | { fault: string };

const MOST_FAULTS = 5;

/** Looks for the event of a mapping in the body of a message. */
export function eventIn({ type, event, pointer }: Mapping, body: Buffer): EventInMessage {
  const not = (why: string): EventInMessage => ({ fault: `is not ${type}: ${why}`.slice(0, 500) });
  if (!isUtf8(body)) return not('the body is not UTF-8');
  let document: unknown;
  try {
    document = JSON.parse(body.toString('utf8'));
  } catch {
    return not('the body is not JSON');
  }
  const data = jsonPointer(document, pointer);
  if (!isKeepable(data)) return not('it is nested too deeply, or holds characters or numbers that cannot be kept');
  const faults = contractOf(event).check(data);
  if (faults.length > 0) return not(faults.slice(0, MOST_FAULTS).join('; '));
  return { event, data: data as object };
}
