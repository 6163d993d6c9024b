import { setTimeout } from 'node:timers/promises';
import { Body, Controller, Injectable, Put } from '@nestjs/common';
import { IsBoolean, IsInt, IsOptional, Max, Min } from 'class-validator';

/** How the provider misbehaves. What is not given is well. */
export class Misbehaviour {
  /** Payments, cancellations and refunds are done this much later. */
  @IsOptional() @IsInt() @Min(0) @Max(60_000) readonly delayMs?: number;
  /** Payments are booked and never answered. */
  @IsOptional() @IsBoolean() readonly timeoutAfterCharge?: boolean;
  /** Refunds end as `failed`: no money goes back. */
  @IsOptional() @IsBoolean() readonly failRefunds?: boolean;
  /** Events are told twice, the second time once the first was answered. */
  @IsOptional() @IsBoolean() readonly webhookTwice?: boolean;
  /** Payments, cancellations and refunds are answered once their webhook was, or after five seconds. */
  @IsOptional() @IsBoolean() readonly webhookFirst?: boolean;
  /** Events are lost before anybody is told. */
  @IsOptional() @IsBoolean() readonly webhookNever?: boolean;
  /** Requests that suffer before all is well again; without it, all of them. */
  @IsOptional() @IsInt() @Min(1) @Max(1_000_000) readonly times?: number;
}

/** How the merchant is told by webhook what a request did. */
export interface Telling {
  copies: 0 | 1 | 2;
  /** Before the request is answered. */
  first: boolean;
}

/** What happens to a request. */
export interface Met {
  hangs: boolean;
  fails: boolean;
  telling: Telling;
}

/** Switched by tests; forgotten at a restart, unlike the books. */
@Injectable()
export class ProviderBehaviour {
  private wanted: Misbehaviour = {};
  private left = Infinity;

  set(wanted: Misbehaviour): void {
    this.wanted = wanted;
    this.left = wanted.times ?? Infinity;
  }

  /** What happens to this request; returns once its delay is over. An authentication is the customer's request. */
  async meet(request: 'payment' | 'cancellation' | 'refund' | 'authentication'): Promise<Met> {
    const merchants = request !== 'authentication';
    const hangs = request === 'payment' && this.wanted.timeoutAfterCharge === true;
    const fails = request === 'refund' && this.wanted.failRefunds === true;
    const first = merchants && this.wanted.webhookFirst === true;
    const copies = this.wanted.webhookNever ? 0 : this.wanted.webhookTwice ? 2 : 1;
    const delayMs = merchants ? (this.wanted.delayMs ?? 0) : 0;
    if (hangs || fails || first || copies !== 1 || delayMs > 0) {
      this.left -= 1;
      if (this.left === 0) this.set({});
    }
    if (delayMs > 0) await setTimeout(delayMs, undefined, { ref: false });
    return { hangs, fails, telling: { copies, first } };
  }
}

@Controller('provider/behaviour')
export class SwitchProviderBehaviour {
  constructor(private readonly behaviour: ProviderBehaviour) {}

  /** Replaces the behaviour as a whole: `{}` is a well provider. */
  @Put()
  switch(@Body() wanted: Misbehaviour): Misbehaviour {
    this.behaviour.set(wanted);
    return wanted;
  }
}
