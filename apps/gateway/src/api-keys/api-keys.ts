import type { Page, PageQuery } from '@hookshop/contracts';
import { Problem } from '@hookshop/http';
import { Database } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import { IsNull, LessThan, type Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { Role } from '../authentication/caller.js';
import { digestOf, lookupOf, mintKey } from '../authentication/key-digest.js';
import { KeyRing } from '../authentication/key-ring.js';
import { ApiKey } from './api-key.js';
import type { CreateApiKeyBody } from './create-api-key-body.js';

export interface ApiKeyView {
  id: string;
  role: Role;
  partnerId: string | null;
  name: string;
  createdAt: string;
}

/** The keys that are good now. */
@Injectable()
export class ApiKeys {
  private readonly rows: Repository<ApiKey>;

  constructor(
    database: Database,
    private readonly keyRing: KeyRing,
  ) {
    this.rows = database.dataSource.getRepository(ApiKey);
  }

  /** Answers with the key, once: only its digest is kept. */
  async create({ role, partnerId, name }: CreateApiKeyBody): Promise<ApiKeyView & { key: string }> {
    if ((role === 'partner') !== (partnerId !== undefined)) {
      const message = role === 'partner' ? 'partnerId is required for a partner' : 'partnerId is for partners only';
      throw new Problem(400, 'The request is not valid.', { errors: [{ path: 'partnerId', message }] });
    }
    const key = mintKey(role);
    const digest = digestOf(key);
    const row = this.rows.create({
      id: uuidv7(),
      role,
      partnerId: partnerId ?? null,
      name,
      lookup: lookupOf(digest),
      digest,
    });
    await this.rows.insert(row);
    return { ...view(row), key };
  }

  /** Newest first. */
  async list({ limit, cursor }: PageQuery): Promise<Page<ApiKeyView>> {
    const rows = await this.rows.find({
      where: { revokedAt: IsNull(), ...(cursor === undefined ? {} : { id: LessThan(cursor) }) },
      order: { id: 'DESC' },
      take: limit + 1,
    });
    const data = rows.slice(0, limit).map(view);
    return { data, nextCursor: rows.length > limit ? data.at(-1)!.id : null };
  }

  async revoke(id: string): Promise<void> {
    const row = await this.rows.findOneBy({ id, revokedAt: IsNull() });
    if (row === null) throw new Problem(404, 'There is no such API key.');
    await this.rows.update({ id }, { revokedAt: () => 'now()' });
    this.keyRing.forget(row.digest);
  }
}

const view = ({ id, role, partnerId, name, createdAt }: ApiKey): ApiKeyView => ({
  id,
  role,
  partnerId,
  name,
  createdAt: createdAt.toISOString(),
});
