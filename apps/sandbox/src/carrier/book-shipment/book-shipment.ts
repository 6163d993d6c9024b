import { Database, GroupCommit } from '@hookshop/persistence';
import { Body, Controller, Headers, Post, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { neverAnswer } from '../../never-answer.js';
import { SendWebhooks } from '../../webhooks/send-webhooks.js';
import { AnswerCarrierRefusals, CarrierRefusal } from '../api/carrier-refusal.js';
import { CarrierBehaviour, type Telling } from '../behaviour/carrier-behaviour.js';
import { newShipmentId } from '../carrier-ids.js';
import { CarryParcels, NoSuchShipment } from '../carry-parcels.js';
import { IllegalMove } from '../shipment.js';
import { type Booked, type Booking, bookShipments } from './book-shipments.js';
import { BookingRequest, fingerprintOf, toConsignment } from './booking-request.js';

/** A booking that lets its webhook go first waits for it no longer than this. */
const WEBHOOK_FIRST_MS = 5_000;

/** Books a parcel once per key; bookings that arrive together share a commit. */
@Controller('carrier/v1/shipments')
@UseFilters(AnswerCarrierRefusals)
export class BookShipment {
  private readonly books: GroupCommit<Booking, Booked>;

  constructor(
    database: Database,
    private readonly behaviour: CarrierBehaviour,
    private readonly parcels: CarryParcels,
    private readonly webhooks: SendWebhooks,
  ) {
    this.books = new GroupCommit((bookings) => bookShipments(bookings, database));
  }

  @Post()
  async book(
    @Body() request: BookingRequest,
    @Headers('idempotency-key') idempotencyKey: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const key = checkKey(idempotencyKey);
    const consignment = toConsignment(request);
    const { hangs, webhookFirst } = await this.behaviour.meetBooking();

    const { shipment, replayed } = await this.books.run({
      id: newShipmentId(),
      key,
      consignment,
      fingerprint: fingerprintOf(consignment),
      createdAt: new Date(),
    });
    if (webhookFirst !== null && !replayed) await this.letWebhookGoFirst(shipment.id, webhookFirst);

    if (hangs) return neverAnswer(reply);
    if (replayed) void reply.header('idempotent-replayed', 'true');
    void reply.code(201).send(shipment);
  }

  private async letWebhookGoFirst(id: string, telling: Telling): Promise<void> {
    try {
      const { messageIds } = await this.parcels.pickUp(id, telling);
      await this.webhooks.attempted(messageIds, WEBHOOK_FIRST_MS);
    } catch (error) {
      // Cancelled by somebody who looked it up in between, or the books were emptied: the booking stands as it was.
      if (!(error instanceof IllegalMove || error instanceof NoSuchShipment)) throw error;
    }
  }
}

function checkKey(key: string | undefined): string {
  if (key !== undefined && /^[\x20-\x7e]{1,255}$/.test(key)) return key;
  throw new CarrierRefusal(
    400,
    'invalid_request',
    'Send an Idempotency-Key of 1 to 255 printable ASCII characters: it keeps a parcel from being booked twice.',
  );
}
