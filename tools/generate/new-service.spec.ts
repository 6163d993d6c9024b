import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allContracts } from '@hookshop/contracts';
import { jest } from '@jest/globals';
import { findServices } from '../shop/services.mjs';
import { scratchFolder } from '../testing/scratch-folder.mjs';
import { root } from '../workspace/root.mjs';
import { entries } from './entries.mjs';
import { eventClasses, newService } from './new-service.mjs';
import { asWritten, planFiles } from './plan-files.mjs';
import { writeFiles } from './write-files.mjs';

// Prettier writes what is generated, on machines that are busy with other specs.
jest.setTimeout(30_000);

// Not one of those that the guides tell to make: then it would be there.
const wanted = { name: 'stationery', event: 'order.payment-requested.v1' };

describe('what a new service is called', () => {
  it('follows from its name and its fact, and its port from those of the others', () => {
    const taken = findServices(root).flatMap(({ portOffset, ports }) => [portOffset, ...Object.values(ports)]);
    const free = Array.from({ length: 30 }, (_, offset) => offset).find((offset) => !taken.includes(offset))!;

    expect(newService(root, wanted)).toEqual({
      name: 'stationery',
      className: 'Stationery',
      upper: 'STATIONERY',
      portOffset: free,
      port: 3000 + free,
      type: 'order.payment-requested.v1',
      event: 'OrderPaymentRequested',
      reaction: 'keep-entry-when-order-payment-requested',
      reactionClass: 'KeepEntryWhenOrderPaymentRequested',
    });
    expect(newService(root, { ...wanted, portOffset: '49' })).toMatchObject({ portOffset: 49, port: 3049 });
  });

  it.each([
    ['Stationery', /one word of 2 to 31 lower-case letters/],
    ['two-words', /one word/],
    ['a', /one word/],
    ['../etc', /one word/],
    ['x; DROP', /one word/],
    ['order', /There is an apps\/order already/],
    ['postgres', /somebody else's name/],
    ['mailpit', /somebody else's name/],
    ['public', /somebody else's name/],
    ['load', /somebody else's name/],
    ['messaging', /somebody else's name/],
    ['bench', /somebody else's name/],
    ['dynamic', /somebody else's name/],
    ['no', /YAML does not read no as a word/],
  ])('cannot be %s', (name, said) => {
    expect(() => newService(root, { ...wanted, name })).toThrow(said);
  });

  it.each([
    ['order.invented.v1', /There is no fact order\.invented\.v1\. There are:\n[\s\S]*order\.confirmed\.v1/],
    ['order.confirmed', /There is no fact/],
  ])('cannot react to %s', (event, said) => {
    expect(() => newService(root, { ...wanted, event })).toThrow(said);
  });

  it.each([
    ['4', /crm has the port offset 4/],
    ['0', /whole number from 1 to 49/],
    ['50', /whole number/],
    ['x', /whole number/],
    ['32', /PostgreSQL has the port offset 32/],
    ['42', /The broker has the port offset 42/],
  ])('cannot have the port offset %s', (portOffset, said) => {
    expect(() => newService(root, { ...wanted, portOffset })).toThrow(said);
  });

  it('knows the class of every contract', () => {
    expect([...eventClasses(root).keys()].sort()).toEqual(
      allContracts()
        .map(({ type }) => type)
        .sort(),
    );
  });
});

describe('the files of a new service', () => {
  const scratch = scratchFolder();
  afterAll(() => scratch.remove());

  it('have every placeholder filled', async () => {
    const files = await planFiles(root, newService(root, wanted));
    const created = files.filter(({ isNew }) => isNew);

    expect(created.map(({ path }) => path)).toContain(
      'apps/stationery/src/reactions/keep-entry-when-order-payment-requested.int.spec.ts',
    );
    for (const { path, text } of created) expect([path, /__[a-zA-Z]+__/.exec(`${path} ${text}`)]).toEqual([path, null]);
  });

  it('are refused when a list of services is not where it was, with the file to look at', () => {
    for (const { path, enter } of entries(newService(root, wanted))) {
      expect(() => enter('nothing of the kind\n')).toThrow(`${path} is not as it was`);
      expect(enter(readFileSync(join(root, path), 'utf8'))).toMatch(/stationery|STATIONERY/);
    }
  });

  it('leave every list as it is found again, however many services come', async () => {
    const names = ['audit2', 'averyveryverylongnameofaservice', 'fraud', 'analytics'];
    for (const { path } of entries(newService(root, wanted))) {
      let text = readFileSync(join(root, path), 'utf8');
      for (const [index, name] of names.entries()) {
        const service = { name, upper: name.toUpperCase(), port: 3020 + index };
        text = await asWritten(
          root,
          path,
          entries(service)
            .find((each) => each.path === path)!
            .enter(text),
        );
      }

      const missing = names.filter((name) => !text.includes(name) && !text.includes(name.toUpperCase()));
      expect([path, missing]).toEqual([path, []]);
    }
  });

  it('give PostgreSQL connections for every instance that there may be, and one that replaces another', async () => {
    const files = await planFiles(root, newService(root, wanted));
    const numberIn = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1]);
    const cluster = 'k8s/overlays/production/postgres/cluster.yaml';
    const textOf = (path: string): string => files.find((file) => file.path === path)!.text;

    const most = numberIn(textOf('k8s/overlays/production/services/stationery.yaml'), /maxReplicaCount: (\d+)/);
    const [before, after] = [readFileSync(join(root, cluster), 'utf8'), textOf(cluster)].map((text) =>
      numberIn(text, /max_connections: '(\d+)'/),
    );
    expect(after! - before!).toBe((most + 1) * 10);
  });

  it('are written all or not at all', () => {
    const home = join(scratch.folder, 'home');
    mkdirSync(home);
    writeFileSync(join(home, 'list'), 'before');
    writeFileSync(join(home, 'file'), 'no folder');
    const files = [
      { path: 'list', text: 'after', isNew: false },
      { path: 'apps/new/main.ts', text: 'new', isNew: true },
      { path: 'file/below', text: 'cannot be', isNew: true },
    ];

    expect(() => writeFiles(home, files)).toThrow(/^Nothing was written: /);
    expect(readFileSync(join(home, 'list'), 'utf8')).toBe('before');
    expect(() => readFileSync(join(home, 'apps', 'new', 'main.ts'))).toThrow('ENOENT');
    expect(() => cpSync(join(home, 'apps'), join(home, 'other'))).toThrow('ENOENT');
  });

  it('never take the place of others', () => {
    const home = join(scratch.folder, 'taken');
    mkdirSync(home);
    writeFileSync(join(home, 'main.ts'), 'mine');

    expect(() => writeFiles(home, [{ path: 'main.ts', text: 'new', isNew: true }])).toThrow('Not overwritten: main.ts');
    expect(readFileSync(join(home, 'main.ts'), 'utf8')).toBe('mine');
  });
});
