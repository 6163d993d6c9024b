import { type ReceivedMessage, type SignatureScheme } from '../signature-scheme.js';

/** A message with headers as Node gives them. Give a header two values to have it come twice. */
export function received(headers: Record<string, string | string[] | undefined>, body: string | Buffer) {
  const named = Object.entries(headers).map(([name, value]) => [
    name.toLowerCase(),
    typeof value === 'string' ? [value] : value,
  ]);
  return { headers: Object.fromEntries(named), body: Buffer.from(body) } satisfies ReceivedMessage;
}

/** `ok <id>`, or why the message was refused. */
export function outcomeOf(scheme: SignatureScheme, message: ReceivedMessage, now = 0): string {
  const verification = scheme.verify(message, { now });
  return verification.ok ? `ok ${verification.id}` : verification.reason;
}

/** The body again and again, each time with another byte altered. */
export function alteredBodies(body: string): Buffer[] {
  return [...Buffer.from(body).keys()].map((at) => {
    const altered = Buffer.from(body);
    altered[at] = altered[at]! ^ 1;
    return altered;
  });
}
