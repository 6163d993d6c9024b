import { createCipheriv, createDecipheriv, createSecretKey, hash, randomBytes, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { GatewayConfig } from '../../gateway.config.js';
import { CannotOpen } from './cannot-open.js';

const VERSION = 1;
const ALGORITHM = 'aes-256-gcm';
const KEY_ID_BYTES = 8;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Where each part of a sealed value begins: version, id of the key, IV, tag, ciphertext. */
const KEY_ID_AT = 1;
const IV_AT = KEY_ID_AT + KEY_ID_BYTES;
const TAG_AT = IV_AT + IV_BYTES;
const CIPHERTEXT_AT = TAG_AT + TAG_BYTES;

interface SealingKey {
  id: Buffer;
  key: KeyObject;
}

/**
 * Keeps partners' secrets unreadable in the database. What a value is about is authenticated with it, so that whoever
 * can write there cannot pass one endpoint's secret off as another's.
 */
@Injectable()
export class Sealing {
  private readonly sealer: SealingKey;
  private readonly ring: Map<string, KeyObject>;

  constructor({ webhookSealingKeys }: GatewayConfig) {
    const keys = webhookSealingKeys.map(sealingKeyOf);
    const [first] = keys;
    if (!first) throw new Error('WEBHOOK_SEALING_KEYS has no key');
    this.sealer = first;
    this.ring = new Map(keys.map(({ id, key }) => [id.toString('hex'), key]));
  }

  /** @param about what the text belongs to, `secret:<endpoint id>`; needed to open it again */
  seal(text: string, about: string): Buffer {
    const { id, key } = this.sealer;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(about));
    const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([Buffer.of(VERSION), id, iv, cipher.getAuthTag(), ciphertext]);
  }

  /** @throws CannotOpen */
  open(sealed: Buffer, about: string): string {
    if (sealed[0] !== VERSION || sealed.length < CIPHERTEXT_AT) throw new CannotOpen(about, 'it is not a sealed value');

    const keyId = sealed.toString('hex', KEY_ID_AT, IV_AT);
    const key = this.ring.get(keyId);
    if (!key) throw new CannotOpen(about, `it was sealed with key ${keyId}, which is not in WEBHOOK_SEALING_KEYS`);

    const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(IV_AT, TAG_AT), { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(about))
      .setAuthTag(sealed.subarray(TAG_AT, CIPHERTEXT_AT));
    const text = decipher.update(sealed.subarray(CIPHERTEXT_AT));
    try {
      return Buffer.concat([text, decipher.final()]).toString();
    } catch {
      throw new CannotOpen(about, 'it was altered, or belongs to something else');
    }
  }
}

function sealingKeyOf(base64: string): SealingKey {
  const bytes = Buffer.from(base64, 'base64');
  return { id: hash('sha256', bytes, 'buffer').subarray(0, KEY_ID_BYTES), key: createSecretKey(bytes) };
}
