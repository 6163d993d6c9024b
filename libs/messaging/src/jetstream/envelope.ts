import { findContract, subjectOf } from '@hookshop/contracts';
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { v5 as uuidOfName, validate as isUuid } from 'uuid';
import type { Fact } from '../fact.js';

/** CloudEvents 1.0 attributes as NATS headers, binary mode. */
export type EnvelopeHeaders = Record<string, string>;

export interface Envelope {
  /** Event id, UUIDv7. */
  id: string;
  /** NATS subject, `shop.order.placed.v1`. */
  subject: string;
  headers: EnvelopeHeaders;
  /** The data as JSON text. */
  payload: string;
}

const optional = (name: string, value: string | undefined): EnvelopeHeaders =>
  value === undefined ? {} : { [name]: value };

/** Wraps data into the envelope that travels. `occurrence` is set when one occurrence is stated in several versions. */
export function seal(
  fact: Omit<Fact<object>, 'streamSequence'> & { tracestate?: string | undefined },
  occurrence?: { id: string; newestVersion: number },
): Envelope {
  return {
    id: fact.id,
    subject: subjectOf(fact.type),
    headers: {
      'ce-specversion': '1.0',
      'ce-id': fact.id,
      'ce-source': fact.source,
      'ce-type': fact.type,
      'ce-subject': fact.subject,
      'ce-sequence': String(fact.sequence),
      'ce-time': fact.time,
      'content-type': 'application/json',
      ...optional('ce-correlationid', fact.correlationId),
      ...optional('ce-causationid', fact.causationId),
      ...optional('ce-occurrenceid', occurrence?.id),
      ...optional('ce-newestversion', occurrence && String(occurrence.newestVersion)),
      ...optional('traceparent', fact.traceparent),
      ...optional('tracestate', fact.tracestate),
    },
    payload: JSON.stringify(fact.data),
  };
}

/**
 * Who publishes a fact, now or after a crash, records its span, and needs to know below which other it belongs, and which
 * of another trace told of it: said where W3C Trace Context has room for what concerns one system alone.
 */
export function traceStateOf(parent: string | undefined, link?: string): string | undefined {
  if (parent === undefined) return undefined;
  const state = `hookshop=${parent.slice(36, 52)}`;
  return link === undefined ? state : `${state}-${link.slice(3, 52)}`;
}

/** The span below which a fact was stated, and the one that it is linked to, if they were told with it. */
export function spansIn({ traceparent, tracestate }: EnvelopeHeaders): { parent?: string; links?: string[] } {
  const told = /^hookshop=([0-9a-f]{16})(?:-([0-9a-f]{32}-[0-9a-f]{16}))?$/.exec(tracestate ?? '');
  if (told === null || traceparent === undefined) return {};
  const parent = `${traceparent.slice(0, 36)}${told[1]}${traceparent.slice(52)}`;
  return told[2] === undefined ? { parent } : { parent, links: [`00-${told[2]}-01`] };
}

export function natsHeaders(values: EnvelopeHeaders): MsgHdrs {
  const result = headers();
  for (const [name, value] of Object.entries(values)) result.set(name, value);
  return result;
}

/** A fact that cannot be handled as it is: what is wrong with it, and what could be read of it. */
export interface Unreadable {
  fact: Fact<unknown>;
  faults: string[];
}

const ARRIVAL_NAMESPACE = '6ba7b811-9dad-11d1-80b4-00c04fd430c8';

/**
 * Reads what travelled. Unknown types are let through unchecked (a wildcard subscriber may meet facts that are newer
 * than itself); known types must match their contract.
 */
export function open(
  subject: string,
  values: EnvelopeHeaders,
  payload: string,
  arrival: { stream: string; sequence: number; time: string },
): Fact<unknown> | Unreadable {
  const faults: string[] = [];
  const type = values['ce-type'] ?? subject.replace(/^shop\./, '');
  if (subjectOf(type) !== subject) faults.push(`ce-type ${type} does not belong on subject ${subject}`);
  const id = values['ce-id'] ?? '';
  if (!isUuid(id)) faults.push('ce-id must be a UUID');
  const sequence = Number(values['ce-sequence'] ?? NaN);
  if (!Number.isSafeInteger(sequence) || sequence < 0) faults.push('ce-sequence must be a whole number');
  const data = parse(payload, faults);
  const fact: Fact<unknown> = {
    // Without a usable id the place in the stream identifies it, so that it can be stored once.
    id: isUuid(id) ? id : uuidOfName(`${arrival.stream}:${arrival.sequence}`, ARRIVAL_NAMESPACE),
    type,
    source: values['ce-source'] ?? '',
    subject: values['ce-subject'] ?? '',
    sequence: Number.isSafeInteger(sequence) ? sequence : 0,
    time: values['ce-time'] ?? arrival.time,
    correlationId: values['ce-correlationid'],
    causationId: values['ce-causationid'],
    traceparent: values['traceparent'],
    streamSequence: arrival.sequence,
    data,
  };
  if (faults.length === 0) faults.push(...(findContract(type)?.check(data) ?? []));
  return faults.length > 0 ? { fact, faults } : fact;
}

export const isUnreadable = (read: Fact<unknown> | Unreadable): read is Unreadable => 'faults' in read;

function parse(payload: string, faults: string[]): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    faults.push('the data is not JSON');
    return payload;
  }
}
