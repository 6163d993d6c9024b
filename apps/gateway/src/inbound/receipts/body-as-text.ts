import { isUtf8 } from 'node:buffer';
import type { WebhookReceived } from '@hookshop/contracts';

/** Would take six bytes each as JSON, so that a megabyte of them outgrew what the broker takes. */
const controls = /[\0-\x08\x0b\x0c\x0e-\x1f]/;

/** Bytes as they are carried in JSON: as text where that is exact and no longer than it must be. */
export function bodyAsText(bytes: Buffer): Pick<WebhookReceived, 'body' | 'encoding'> {
  if (isUtf8(bytes)) {
    const body = bytes.toString('utf8');
    if (!controls.test(body)) return { body, encoding: 'utf8' };
  }
  return { body: bytes.toString('base64'), encoding: 'base64' };
}
