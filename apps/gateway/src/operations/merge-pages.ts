import type { Page } from '@hookshop/contracts';

/** One page out of the pages of several services, newest first: ids are UUIDv7, so their order is that of time. */
export function mergePages<T extends { id: string }>(pages: readonly Page<T>[], limit: number): Page<T> {
  const all = pages.flatMap(({ data }) => data).sort((a, b) => (a.id < b.id ? 1 : a.id > b.id ? -1 : 0));
  const data = all.slice(0, limit);
  const more = all.length > limit || pages.some(({ nextCursor }) => nextCursor !== null);
  return { data, nextCursor: more ? (data.at(-1)?.id ?? null) : null };
}
