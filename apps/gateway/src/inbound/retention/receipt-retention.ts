import { Periodic, Work } from '@hookshop/messaging';
import { Logger } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import { GatewayConfig } from '../../gateway.config.js';
import { firstIdAt } from '../../outbound/deliveries/instants.js';
import { deleteOldReceipts } from './delete-old-receipts.js';

const PAUSE_MS = 60_000;
const BATCH = 1_000;

/** Forgets receipts that are past their time, a few at a time. */
@Injectable()
export class ReceiptRetention extends Work {
  private readonly periodic: Periodic;
  private stopping = false;

  constructor(
    private readonly database: Database,
    private readonly config: GatewayConfig,
    log: Logger,
  ) {
    super();
    this.periodic = new Periodic('Forgetting old inbound webhooks', PAUSE_MS, () => this.forget(), log);
  }

  override start(): void {
    this.periodic.start();
  }

  override async stop(): Promise<void> {
    this.stopping = true;
    await this.periodic.stop();
  }

  /** @param now Unix milliseconds */
  async forget(now = Date.now()): Promise<void> {
    const before = firstIdAt(new Date(now - this.config.inboundRetentionDays * 86_400_000).toISOString());
    while (!this.stopping && (await deleteOldReceipts(this.database, before, BATCH)) === BATCH);
  }
}
