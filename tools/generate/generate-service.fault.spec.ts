import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { eventually } from '@hookshop/testing';
import { jest } from '@jest/globals';
import { ShopClient } from '../../e2e/shop-client.js';
import { freePortBase } from '../infrastructure/ports.mjs';
import type { createShop, Shop } from '../shop/shop.mjs';
import { scratchFolder } from '../testing/scratch-folder.mjs';
import { node, root } from '../workspace/root.mjs';
import { shownFiles } from './guide.js';

// Installs, compiles and starts a shop, on machines that are busy with other specs.
jest.setTimeout(300_000);

describe('a generated service', () => {
  const scratch = scratchFolder();
  const copy = join(scratch.folder, 'shop');
  let generated: { status: number | null; said: string };

  function run(program: string, ...args: string[]): { status: number | null; said: string } {
    const { status, stdout, stderr } = spawnSync(program, args, {
      cwd: copy,
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '', HOOKSHOP_E2E: '' },
      maxBuffer: 64 * 1024 ** 2,
    });
    return { status, said: stdout + stderr };
  }
  const inCopy = (...path: string[]): string => join(copy, ...path);
  const tests = (selection: string, ...paths: string[]) => run(node, 'tools/test.mjs', selection, ...paths);

  beforeAll(() => {
    const listed = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
    });
    for (const file of listed.stdout.split('\n').filter((path) => path && existsSync(join(root, path)))) {
      cpSync(join(root, file), inCopy(file));
    }
    // Its links to the libraries are relative: here they lead to the copies.
    spawnSync('cp', ['-a', join(root, 'node_modules'), inCopy('node_modules')]);
    generated = run(node, 'tools/generate-service.mjs', 'stationery', '--event', 'payment.captured.v1');
  });
  afterAll(() => scratch.remove());

  it('is said to be written, linked, and let in by the broker', () => {
    expect(generated).toMatchObject({
      status: 0,
      said: expect.stringContaining('new     apps/stationery/src/main.ts'),
    });
    expect(existsSync(inCopy('node_modules', '@hookshop', 'stationery'))).toBe(true);
    expect(run(node, 'tools/nats-permissions.mjs', '--check')).toMatchObject({ status: 0 });
    expect(readFileSync(inCopy('docker/nats/users.conf'), 'utf8')).toContain('$NATS_PASSWORD_STATIONERY');
  });

  it('is written as everything else is, and so is the other reaction that the guide gives it', () => {
    const others = shownFiles('Another reaction');
    expect(others).toHaveLength(3);
    for (const { path, text } of others) {
      const file = inCopy(path.replace('accounting', 'stationery'));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    const bin = inCopy('node_modules', '.bin');

    expect(
      run(join(bin, 'prettier'), '--check', 'apps/stationery', 'k8s', 'docs', 'docker', 'docker-compose.yml'),
    ).toMatchObject({
      status: 0,
    });
    expect(run(join(bin, 'tsc'), '-p', 'tsconfig.json')).toEqual({ status: 0, said: '' });
    expect(run(join(bin, 'eslint'), 'apps/stationery', '--max-warnings', '0')).toEqual({ status: 0, said: '' });
  });

  it('has a spec that passes, on a real database and broker', () => {
    const { status, said } = tests('int', 'apps/stationery');

    expect({ status, said }).toMatchObject({ status: 0, said: expect.stringContaining('2 passed, 0 failed') });
  });

  it('has its place wherever the others have theirs: compose, Kubernetes, monitoring', () => {
    for (const [selection, path, names] of [
      ['unit', 'tools/shop/compose', 'stationery in docker-compose.yml'],
      ['unit', 'tools/observability', ''],
      ['int', 'tools/k8s', ''],
      ['int', 'tools/nats-permissions', 'stationery'],
    ] as const) {
      const { status, said } = tests(selection, path, '--verbose');
      expect({ path, status, said: status === 0 ? '' : said }).toEqual({ path, status: 0, said: '' });
      expect(said).toContain(names);
    }
  });

  it('reacts in the shop, as a user of the broker and of a database of its own', async () => {
    const shopModule = (await import(inCopy('tools', 'shop', 'shop.mjs'))) as { createShop: typeof createShop };
    const shop: Shop = shopModule.createShop({
      portBase: await freePortBase(),
      dataDir: join(scratch.folder, 'data'),
      fsync: false,
    });
    try {
      await shop.start();
      const client = new ShopClient(shop.description());
      const order = await client.place();
      await client.becomes(order, { status: 'confirmed' });

      const entries = async () =>
        ((await (await fetch(`${shop.url('stationery')}/entries`)).json()) as { data: { subject: string }[] }).data;
      const [entry] = await eventually(entries, ({ length }) => length === 1);
      const [payment] = await client.query<{ id: string }>('payment', 'SELECT id FROM payments WHERE order_id = $1', [
        order.id,
      ]);
      expect(entry).toMatchObject({ subject: payment!.id, eventId: expect.any(String) });
      expect((await client.consumers()).map(({ reaction }) => reaction)).toContain(
        'stationery-keep-entry-when-payment-captured',
      );
      await client.close();
    } finally {
      await shop.remove();
    }
  });

  it('is not generated without its options, which npm takes for its own in front of --', () => {
    const lost = run('npm', 'run', '--silent', 'generate:service', 'bindery', '--dry-run');

    expect(lost).toEqual({ status: 2, said: expect.stringMatching(/^npm kept --dry-run for itself/) });
    expect(existsSync(inCopy('apps', 'bindery'))).toBe(false);
  });

  it('is not generated a second time, and leaves what was written to it', () => {
    const again = run(node, 'tools/generate-service.mjs', 'stationery');

    expect(again).toEqual({ status: 2, said: 'There is an apps/stationery already.\n' });
  });
});
