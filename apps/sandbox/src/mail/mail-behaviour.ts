import { Body, Controller, Injectable, Put } from '@nestjs/common';
import { IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';

/** How the mail server misbehaves. What is not given is well. */
export class MailMisbehaviour {
  /** Mails are refused: for now (451) or for good (550). */
  @IsOptional() @IsIn(['temporary', 'permanent']) readonly reject?: 'temporary' | 'permanent' | null;
  /** Mails that suffer before all is well again; without it, all of them. */
  @IsOptional() @IsInt() @Min(1) @Max(1_000_000) readonly times?: number;
}

/** Switched by tests; forgotten at a restart, unlike the mails. */
@Injectable()
export class MailBehaviour {
  private reject: 'temporary' | 'permanent' | null = null;
  private left = Infinity;

  set({ reject, times }: MailMisbehaviour): void {
    this.reject = reject ?? null;
    this.left = times ?? Infinity;
  }

  /** Whether this mail is refused. */
  meet(): 'temporary' | 'permanent' | null {
    const { reject } = this;
    if (reject !== null) {
      this.left -= 1;
      if (this.left === 0) this.set({});
    }
    return reject;
  }
}

@Controller('inbox/behaviour')
export class SwitchMailBehaviour {
  constructor(private readonly behaviour: MailBehaviour) {}

  /** Replaces the behaviour as a whole: `{}` is a well mail server. */
  @Put()
  switch(@Body() wanted: MailMisbehaviour): MailMisbehaviour {
    this.behaviour.set(wanted);
    return wanted;
  }
}
