import { Problem } from '@hookshop/http';
import { Body, Controller, Injectable, Put } from '@nestjs/common';
import { IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';

export const failures = ['status', 'hang', 'drip', 'reset', 'redirect', 'gzip-bomb', 'gone', 'retry-after'] as const;
const modes = ['ok', ...failures] as const;

/** How a request suffers. */
export interface Misbehaviour {
  mode: (typeof failures)[number];
  /** Of `status`. */
  status: number;
  /** Of `retry-after`. */
  seconds: number;
}

export class WantedBehaviour {
  @IsIn(modes) readonly mode: (typeof modes)[number];
  /** What `status` answers, default 500. */
  @IsOptional() @IsInt() @Min(200) @Max(599) readonly status?: number;
  /** What `retry-after` asks for, default 5. */
  @IsOptional() @IsInt() @Min(0) @Max(1_000_000) readonly seconds?: number;
  /** Requests that suffer before all is well again; without it, all of them. */
  @IsOptional() @IsInt() @Min(1) @Max(1_000_000) readonly times?: number;
}

/** Switched by tests; forgotten at a restart, unlike the book. */
@Injectable()
export class PartnerBehaviour {
  private wanted: WantedBehaviour = { mode: 'ok' };
  private left = Infinity;

  set(wanted: WantedBehaviour): void {
    this.wanted = wanted;
    this.left = wanted.times ?? Infinity;
  }

  /** What happens to this request; null: nothing bad. */
  meet(): Misbehaviour | null {
    const { mode, status = 500, seconds = 5 } = this.wanted;
    if (mode === 'ok') return null;
    this.left -= 1;
    if (this.left === 0) this.set({ mode: 'ok' });
    return { mode, status, seconds };
  }
}

@Controller('partner/behaviour')
export class SwitchPartnerBehaviour {
  constructor(private readonly behaviour: PartnerBehaviour) {}

  /** Replaces the behaviour as a whole. */
  @Put()
  switch(@Body() wanted: WantedBehaviour): WantedBehaviour {
    refuseUseless('status', 'status', wanted);
    refuseUseless('seconds', 'retry-after', wanted);
    this.behaviour.set(wanted);
    return wanted;
  }
}

function refuseUseless(path: 'status' | 'seconds', mode: WantedBehaviour['mode'], wanted: WantedBehaviour): void {
  if (wanted[path] === undefined || wanted.mode === mode) return;
  const message = `${path} is for the mode ${mode} only, not ${wanted.mode}`;
  throw new Problem(400, 'The request is not valid.', { errors: [{ path, message }] });
}
