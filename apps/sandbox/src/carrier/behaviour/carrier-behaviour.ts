import { setTimeout } from 'node:timers/promises';
import { Body, Controller, Injectable, Put } from '@nestjs/common';
import { IsBoolean, IsInt, IsOptional, Max, Min } from 'class-validator';

/** How the carrier misbehaves. What is not given is well. */
export class CarrierMisbehaviour {
  /** Bookings, cancellations and returns are done this much later. */
  @IsOptional() @IsInt() @Min(0) @Max(60_000) readonly delayMs?: number;
  /** Shipments are booked and never answered. */
  @IsOptional() @IsBoolean() readonly timeoutAfterBooking?: boolean;
  /** A parcel is picked up as soon as it is booked, and the booking answered only once the webhook of that was. */
  @IsOptional() @IsBoolean() readonly webhookFirst?: boolean;
  /** Every webhook is sent twice. */
  @IsOptional() @IsBoolean() readonly webhookTwice?: boolean;
  /** Of a parcel delivered as soon as it was picked up, the delivery is told first. */
  @IsOptional() @IsBoolean() readonly deliveredFirst?: boolean;
  /** Requests that suffer before all is well again; without it, all of them. */
  @IsOptional() @IsInt() @Min(1) @Max(1_000_000) readonly times?: number;
}

/** How the moves of a parcel are told. */
export interface Telling {
  /** How often each webhook is sent. */
  copies: number;
  deliveredFirst: boolean;
}

/** What happens to a booking. */
export interface BookingBehaviour {
  hangs: boolean;
  /** The parcel is picked up before the booking is answered, and told so; null: it is not. */
  webhookFirst: Telling | null;
}

/** Switched by tests; forgotten at a restart, unlike the books. */
@Injectable()
export class CarrierBehaviour {
  private wanted: CarrierMisbehaviour = {};
  private left = Infinity;

  set(wanted: CarrierMisbehaviour): void {
    this.wanted = wanted;
    this.left = wanted.times ?? Infinity;
  }

  /** What happens to this booking; returns once its delay is over. */
  async meetBooking(): Promise<BookingBehaviour> {
    const { timeoutAfterBooking: hangs = false, webhookFirst = false, webhookTwice = false, delayMs = 0 } = this.wanted;
    this.count(hangs || webhookFirst || delayMs > 0);
    await delay(delayMs);
    return { hangs, webhookFirst: webhookFirst ? { copies: webhookTwice ? 2 : 1, deliveredFirst: false } : null };
  }

  /** Returns once the delay of this cancellation or return is over. */
  async meetCall(): Promise<void> {
    const { delayMs = 0 } = this.wanted;
    this.count(delayMs > 0);
    await delay(delayMs);
  }

  /** @param moves of one parcel that are told together */
  meetMoves(moves: number): Telling {
    const { webhookTwice = false } = this.wanted;
    const deliveredFirst = this.wanted.deliveredFirst === true && moves > 1;
    this.count(webhookTwice || deliveredFirst);
    return { copies: webhookTwice ? 2 : 1, deliveredFirst };
  }

  private count(suffers: boolean): void {
    if (!suffers) return;
    this.left -= 1;
    if (this.left === 0) this.set({});
  }
}

async function delay(ms: number): Promise<void> {
  if (ms > 0) await setTimeout(ms, undefined, { ref: false });
}

@Controller('carrier/behaviour')
export class SwitchCarrierBehaviour {
  constructor(private readonly behaviour: CarrierBehaviour) {}

  /** Replaces the behaviour as a whole: `{}` is a well carrier. */
  @Put()
  switch(@Body() wanted: CarrierMisbehaviour): CarrierMisbehaviour {
    this.behaviour.set(wanted);
    return wanted;
  }
}
