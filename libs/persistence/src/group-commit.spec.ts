import { currentTrace, withTrace } from '@hookshop/observability';
import { GroupCommit } from './group-commit.js';

describe('GroupCommit', () => {
  it('commits calls of one turn together and answers each for itself', async () => {
    const groups: number[][] = [];
    const double = new GroupCommit<number, number>(async (inputs) => {
      groups.push(inputs);
      return inputs.map((input) => (input < 0 ? new Error(`refused ${input}`) : input * 2));
    });

    const answers = await Promise.allSettled([double.run(1), double.run(-1), double.run(3)]);

    expect(groups).toEqual([[1, -1, 3]]);
    expect(answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : answer.reason.message))).toEqual([
      2,
      'refused -1',
      6,
    ]);
  });

  it('lets calls that arrive during a commit share the next one', async () => {
    const groups: number[][] = [];
    const second: Promise<number>[] = [];
    const same = new GroupCommit<number, number>(async (inputs) => {
      groups.push(inputs);
      if (groups.length === 1) second.push(same.run(2), same.run(3));
      return inputs;
    });

    await same.run(1);
    await Promise.all(second);

    expect(groups).toEqual([[1], [2, 3]]);
  });

  it('tries the members of a failed group one by one', async () => {
    const same = new GroupCommit<number, number>(async (inputs) => {
      if (inputs.includes(2)) throw new Error('two is bad');
      return inputs;
    });

    const answers = await Promise.allSettled([same.run(1), same.run(2), same.run(3)]);

    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('fails the whole group at once when the database is unreachable', async () => {
    let commits = 0;
    const unreachable = new GroupCommit<number, number>(async () => {
      commits += 1;
      throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    });

    const answers = await Promise.allSettled([unreachable.run(1), unreachable.run(2)]);

    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(commits).toBe(1);
  });

  it('never puts more into a group than its maximum', async () => {
    const sizes: number[] = [];
    const same = new GroupCommit<number, number>(
      async (inputs) => {
        sizes.push(inputs.length);
        return inputs;
      },
      { max: 2 },
    );

    await Promise.all([1, 2, 3, 4, 5].map((input) => same.run(input)));

    expect(sizes).toEqual([2, 2, 1]);
  });

  describe('whose inputs have a weight', () => {
    const groupsOf = async (weights: number[], limits: { max?: number; maxWeight?: number }): Promise<number[][]> => {
      const groups: number[][] = [];
      const same = new GroupCommit<number, number>(
        async (inputs) => {
          groups.push(inputs);
          return inputs;
        },
        { weightOf: (weight) => weight, ...limits },
      );
      expect(await Promise.all(weights.map((weight) => same.run(weight)))).toEqual(weights);
      return groups;
    };

    it('fills a group up to the most that it may weigh, and leaves the rest in its order', async () => {
      expect(await groupsOf([4, 6, 1, 9, 2], { maxWeight: 10 })).toEqual([[4, 6], [1, 9], [2]]);
    });

    it('gives one that weighs more than a group may a group of its own', async () => {
      expect(await groupsOf([1, 25, 1, 30], { maxWeight: 10 })).toEqual([[1], [25], [1], [30]]);
    });

    it('puts no more into a group than its maximum, however light they are', async () => {
      expect(await groupsOf([0, 0, 0, 10, 1], { max: 2, maxWeight: 10 })).toEqual([[0, 0], [0, 10], [1]]);
    });

    it('weighs nothing unless it is told how much is too much', async () => {
      expect(await groupsOf([1e9, 1e9], {})).toEqual([[1e9, 1e9]]);
    });
  });

  it("commits in nobody's trace, and answers each in their own", async () => {
    const seen: unknown[] = [];
    const same = new GroupCommit<number, number>(async (inputs) => {
      seen.push(currentTrace());
      return inputs;
    });
    const calls = [1, 2].map((input) =>
      withTrace({ traceparent: `trace ${input}` }, async () => {
        await same.run(input);
        return currentTrace()?.traceparent;
      }),
    );

    expect(await Promise.all(calls)).toEqual(['trace 1', 'trace 2']);
    expect(seen).toEqual([undefined]);
  });
});
