import { mergePages } from './merge-pages.js';

describe('mergePages', () => {
  const page = (ids: string[], nextCursor: string | null = null) => ({ data: ids.map((id) => ({ id })), nextCursor });
  const ids = (merged: { data: { id: string }[] }) => merged.data.map(({ id }) => id);

  it('puts the newest of all services first', () => {
    expect(ids(mergePages([page(['7', '3']), page(['9', '5', '1'])], 10))).toEqual(['9', '7', '5', '3', '1']);
  });

  it('cuts at the limit and goes on after the last one shown', () => {
    expect(mergePages([page(['7', '3']), page(['9', '5'])], 3)).toEqual({
      data: [{ id: '9' }, { id: '7' }, { id: '5' }],
      nextCursor: '5',
    });
  });

  it('goes on when a service has more, even when nothing was cut', () => {
    expect(mergePages([page(['7'], '7'), page(['9'])], 10).nextCursor).toBe('7');
  });

  it('ends when all have been shown', () => {
    expect(mergePages([page(['7']), page([])], 1).nextCursor).toBeNull();
    expect(mergePages([], 1)).toEqual({ data: [], nextCursor: null });
  });

  it('shows every letter of every service once, however they are paged', () => {
    const services = [
      ['a9', 'a6', 'a5', 'a1'],
      ['a8', 'a7', 'a2'],
      ['a4', 'a3'],
    ];
    const pageOf = (all: string[], limit: number, cursor: string | null) => {
      const rest = all.filter((id) => cursor === null || id < cursor);
      return page(rest.slice(0, limit), rest.length > limit ? rest[limit - 1]! : null);
    };
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const merged: ReturnType<typeof page> = mergePages(
        services.map((all) => pageOf(all, 2, cursor)),
        2,
      );
      seen.push(...ids(merged));
      cursor = merged.nextCursor;
    } while (cursor !== null);

    expect(seen).toEqual(['a9', 'a8', 'a7', 'a6', 'a5', 'a4', 'a3', 'a2', 'a1']);
  });
});
