import { IsOptional, IsUUID } from 'class-validator';
import { IsText } from '../contract/field-decorators.js';
import { PageQuery } from './orders.js';

/** Subjects on which every service answers for itself: `operations.<service>.<verb>`. */
export const operationsSubject = (service: string, verb: OperationsVerb): string => `operations.${service}.${verb}`;

export type OperationsVerb =
  /** `ListDeadLetters` → `Page<DeadLetterView>` */
  | 'list-dead-letters'
  /** `{ id }` → `DeadLetterView` or a 404 refusal */
  | 'show-dead-letter'
  /** `{ id }` → `{ matched: number }` */
  | 'redrive-dead-letter'
  /** `{ reaction? }` → `{ matched: number }` */
  | 'redrive-dead-letters'
  /** `{ id }` → `{ discarded: number }` */
  | 'discard-dead-letter'
  /** `{}` → `{ reactions: ReactionView[] }` */
  | 'list-reactions';

export class ListDeadLetters extends PageQuery {
  @IsOptional() @IsText(64) readonly service?: string;
  @IsOptional() @IsText(128) readonly reaction?: string;
}

export class RedriveDeadLetters {
  @IsText(64) readonly service: string;
  @IsOptional() @IsText(128) readonly reaction?: string;
}

export class DeadLetterId {
  @IsUUID() readonly id: string;
}

export interface DeadLetterAttempt {
  number: number;
  at: string;
  error: string;
}

export interface DeadLetterView {
  id: string;
  service: string;
  reaction: string;
  event: { id: string; type: string; subject: string; time: string; data: unknown };
  /** `invalid`, `unprocessable` or `exhausted`. */
  reason: string;
  error: string;
  attempts: DeadLetterAttempt[];
  deadAt: string;
}

export interface ReactionView {
  service: string;
  reaction: string;
  /** Facts not delivered to the reaction yet. */
  pending: number;
  /** Delivered and not acknowledged yet. */
  inFlight: number;
  redelivered: number;
  /** Age of the oldest fact not handled yet; null when level. */
  oldestAgeSeconds: number | null;
  deadLetters: number;
}
