import { Logger } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Role } from '../authentication/caller.js';
import { digestOf, lookupOf } from '../authentication/key-digest.js';
import { GatewayConfig } from '../gateway.config.js';

interface FirstKey {
  variable: string;
  role: Role;
  partnerId: string | null;
  key: string | undefined;
}

/** The keys that the environment gives: without them nobody could make any other. */
@Injectable()
export class FirstKeys implements OnModuleInit {
  constructor(
    private readonly config: GatewayConfig,
    private readonly database: Database,
    private readonly log: Logger,
  ) {}

  /** Instances that start together, or one after another, leave one key per variable. */
  async onModuleInit(): Promise<void> {
    const { shopApiKey, partnerApiKey, adminApiKey } = this.config;
    const keys: FirstKey[] = [
      { variable: 'SHOP_API_KEY', role: 'shop', partnerId: null, key: shopApiKey },
      { variable: 'PARTNER_API_KEY', role: 'partner', partnerId: 'demo', key: partnerApiKey },
      { variable: 'ADMIN_API_KEY', role: 'admin', partnerId: null, key: adminApiKey },
    ];
    // All that are replaced go first: two variables may have changed places.
    for (const key of keys) await this.revokeFormer(key);
    for (const key of keys) if (key.key !== undefined) await this.install(key, digestOf(key.key));
  }

  private async revokeFormer({ variable, key }: FirstKey): Promise<void> {
    // A key that was revoked by hand stays as a tombstone: starting again must not bring it back.
    const former = await this.database.query(
      `DELETE FROM api_keys WHERE variable = $1 AND revoked_at IS NULL AND digest IS DISTINCT FROM $2 RETURNING id`,
      [variable, key === undefined ? null : digestOf(key)],
    );
    if (former.length > 0) this.log.info({ variable }, 'The key that this variable gave before is revoked');
  }

  private async install({ variable, role, partnerId }: FirstKey, digest: Buffer): Promise<void> {
    await this.database.query(
      `INSERT INTO api_keys (id, role, partner_id, name, variable, lookup, digest)
       VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (digest) DO NOTHING`,
      [uuidv7(), role, partnerId, `first ${role} key`, variable, lookupOf(digest), digest],
    );
    const [held] = await this.database.query<{ role: Role; revoked: boolean }>(
      `SELECT role, revoked_at IS NOT NULL AS revoked FROM api_keys WHERE digest = $1`,
      [digest],
    );
    if (held?.revoked) this.log.warn({ variable }, 'This key was revoked and stays so; choose another');
    else if (held?.role !== role) this.log.warn({ variable }, 'This key is in use for another role; choose another');
  }
}
