import type { DeadLetterAttempt } from '@hookshop/contracts';
import type { Fact } from '../fact.js';
import type { Transaction } from '../transaction.js';
import { insertDeadLetter } from './insert-dead-letter.js';

/**
 * Gives up a piece of outside work: its letter lies with those of the reactions, is listed and redriven like them.
 *
 * @param work name under which the service registered how to do it again (`Redriver.register`), `payment-refund`
 * @param fact what the work was about, with an id of its own for each time it is given up
 */
export const buryOutsideWork = (
  tx: Transaction,
  work: string,
  fact: Fact<unknown>,
  error: string,
  attempts: DeadLetterAttempt[],
): Promise<void> => insertDeadLetter(tx, { reaction: work, fact, reason: 'exhausted', error, attempts });
