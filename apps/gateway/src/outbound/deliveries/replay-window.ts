import type { Database } from '@hookshop/persistence';
import { instant } from './instants.js';

/** What a replay is about. Times as PostgreSQL reads them. */
export interface ReplayWindow {
  since: string;
  /** The first moment after it. */
  until: string;
  /** As in `eventTypes`; null: all. */
  types: string[] | null;
}

/**
 * Rows that one transaction of a replay looks at: far from the longest time that a statement may take. Written into the
 * statements, since a plan that does not know it expects a handful and compares thousands with thousands.
 */
export const PART = 5_000;

/** What a part of a replay came to. */
export interface Part<From> {
  matched: number;
  /** Where the next part begins; none when this was the last. */
  next?: From;
}

interface Now {
  now: string;
  isFuture: boolean;
  forgotten: string;
}

/**
 * By the database's clock, as the rows are. It ends now at the latest: nothing that comes in while a replay runs belongs
 * to it.
 *
 * @returns also whether it begins in the future, and before which time nothing may be owed any more that was not
 *   already, since retention removes it
 */
export async function replayWindow(
  database: Database,
  { since, until, types }: { since: string; until?: string; types?: string[] },
  retentionDays: number,
): Promise<{ window: ReplayWindow; isFuture: boolean; forgotten: string }> {
  const [row] = await database.query<Now>(
    `SELECT least(now(), $2::timestamptz)::text AS now, $1::timestamptz > now() AS "isFuture",
            greatest(now() - $3 * interval '1 day', $1::timestamptz)::text AS forgotten`,
    [instant(since), until === undefined ? null : instant(until), retentionDays],
  );
  const { now, isFuture, forgotten } = row!;
  return { window: { since: instant(since), until: now, types: types ?? null }, isFuture, forgotten };
}
