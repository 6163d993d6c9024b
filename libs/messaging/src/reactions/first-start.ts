import type { Database } from '@hookshop/persistence';

/** Remembers that a reaction starts; tells when it first did, or undefined when that is now. */
export async function firstStart(database: Database, reaction: string): Promise<Date | undefined> {
  const [row] = await database.query<{ first_started_at: Date | null }>(
    `INSERT INTO reaction_places (reaction) VALUES ($1)
     ON CONFLICT (reaction) DO UPDATE SET reaction = excluded.reaction
     RETURNING old.first_started_at`,
    [reaction],
  );
  return row!.first_started_at ?? undefined;
}
