import { Retention } from '@hookshop/messaging';
import { Logger } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import { deleteOldKeys } from './delete-old-keys.js';

const KEPT_HOURS = 24;
const BATCH = 1_000;

/** Forgets idempotency keys after a day. */
@Injectable()
export class KeyRetention extends Retention {
  constructor(
    private readonly database: Database,
    log: Logger,
  ) {
    super('Forgetting old idempotency keys', log);
  }

  override forget(): Promise<void> {
    return this.forgetAll(BATCH, (limit) => deleteOldKeys(this.database, KEPT_HOURS, limit));
  }
}
