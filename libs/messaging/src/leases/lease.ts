import type { Database } from '@hookshop/persistence';

/** One holder at a time over all instances, on the database's clock. */
export class Lease {
  constructor(
    private readonly database: Database,
    private readonly name: string,
    private readonly holder: string,
    private readonly seconds: number,
  ) {}

  /** Takes or renews the lease; false when another instance holds it. */
  async take(): Promise<boolean> {
    const rows = await this.database.query(
      `INSERT INTO leases (name, holder, expires_at) VALUES ($1, $2, now() + $3 * interval '1 second')
       ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
       WHERE leases.holder = excluded.holder OR leases.expires_at < now()
       RETURNING holder`,
      [this.name, this.holder, this.seconds],
    );
    return rows.length > 0;
  }

  /** Gives the lease back, so that another instance need not wait for its end. */
  async release(): Promise<void> {
    await this.database.query(`DELETE FROM leases WHERE name = $1 AND holder = $2`, [this.name, this.holder]);
  }
}
