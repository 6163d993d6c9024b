import { bytesOfWebhook, type WebhookReceived } from '@hookshop/contracts';
import { validate as isUuid } from 'uuid';
import { type CarrierShipment, NotAShipment, readShipment, timeOf } from '../carrier/carrier-shipment.js';

/** What the carrier tells of a parcel without being asked. */
export type CarrierMessage =
  | { is: 'news'; type: KnownType; parcel: CarrierShipment }
  /** Of a type that means nothing here. */
  | { is: 'unknown'; type: string };

const knownTypes = ['shipment.picked_up', 'shipment.delivered'] as const;
export type KnownType = (typeof knownTypes)[number];

/**
 * Reads a message of the carrier. Its type says how far the parcel was when it was written.
 *
 * @throws NotAShipment, with what is wrong with it
 */
export function readCarrierMessage(webhook: Pick<WebhookReceived, 'body' | 'encoding'>): CarrierMessage {
  const message = parse(bytesOfWebhook(webhook));
  const { type, timestamp, data } = message;
  if (typeof type !== 'string' || !/^[\w.-]{1,100}$/.test(type)) throw new NotAShipment('its type is not valid');
  const known = knownTypes.find((one) => one === type);
  if (known === undefined) return { is: 'unknown', type };

  const at = timeOf(timestamp);
  if (at === undefined) throw new NotAShipment('its timestamp is not a time');
  const shipment = readShipment(data);
  if (!isUuid(shipment.reference)) throw new NotAShipment('its reference is not the id of an order');
  const pickedUpAt = shipment.pickedUpAt ?? at;
  const reference = shipment.reference.toLowerCase();
  return {
    is: 'news',
    type: known,
    parcel:
      known === 'shipment.delivered'
        ? { ...shipment, reference, status: 'delivered', pickedUpAt, deliveredAt: shipment.deliveredAt ?? at }
        : { ...shipment, reference, status: 'picked_up', pickedUpAt },
  };
}

function parse(bytes: Buffer): Record<string, unknown> {
  let message: unknown;
  try {
    message = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new NotAShipment('it is not JSON');
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    throw new NotAShipment('it is not a JSON object');
  }
  return message as Record<string, unknown>;
}
