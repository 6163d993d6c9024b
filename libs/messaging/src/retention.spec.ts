import { createLogger } from '@hookshop/observability';
import { Retention } from './retention.js';

const log = createLogger('sampler', { logLevel: 'silent', nodeEnv: 'test' });

class Sampled extends Retention {
  rounds = 0;
  readonly asked: number[] = [];
  duringBatch: () => void = () => undefined;

  constructor(private left: number) {
    super('Forgetting samples', log);
  }

  override async forget(): Promise<void> {
    this.rounds += 1;
    await this.forgetAll(10, async (limit) => {
      this.asked.push(limit);
      this.duringBatch();
      const forgotten = Math.min(limit, this.left);
      this.left -= forgotten;
      return forgotten;
    });
  }
}

describe('retention', () => {
  it('goes on until it finds less than it asked for', async () => {
    const samples = new Sampled(25);
    await samples.forget();

    expect(samples.asked).toEqual([10, 10, 10]);
  });

  it('begins with a round at once, and ends between two batches when the process stops', async () => {
    const samples = new Sampled(Infinity);
    let stopped: Promise<void> | undefined;
    const third = new Promise<void>((resolve) => {
      samples.duringBatch = () => {
        if (samples.asked.length < 3) return;
        stopped ??= samples.stop();
        resolve();
      };
    });
    samples.start();
    await third;
    await stopped;

    expect(samples).toMatchObject({ rounds: 1, asked: [10, 10, 10] });
  });
});
