import { jest } from '@jest/globals';
import { root } from '../workspace/root.mjs';
import { guide, shownFiles } from './guide.js';
import { newService } from './new-service.mjs';
import { planFiles } from './plan-files.mjs';

// Prettier writes what is generated, on machines that are busy with other specs.
jest.setTimeout(30_000);

describe('docs/how-to-add-a-service.md', () => {
  let files: Awaited<ReturnType<typeof planFiles>>;
  beforeAll(async () => {
    // By a name as long as that of the guide, which somebody may have made: lines break where they break there.
    const planned = await planFiles(root, newService(root, { name: 'stationery', event: 'order.confirmed.v1' }));
    const renamed = (text: string): string =>
      text.replaceAll('stationery', 'accounting').replaceAll('Stationery', 'Accounting');
    files = planned.map((file) => ({ ...file, path: renamed(file.path), text: renamed(file.text) }));
  });

  it('lists the files that are written', () => {
    const written = files.map(({ path, isNew }) => `${isNew ? 'new    ' : 'changed'} ${path}`);

    expect(/```text\n([^]*?)\n```/.exec(guide)?.[1]!.split('\n')).toEqual(written);
  });

  it('shows them as they are generated', () => {
    const generated = new Map(files.map(({ path, text }) => [path, text]));
    const shown = ['What it keeps', 'What it reacts to', 'The module and the process'].flatMap(shownFiles);

    expect(shown.map(({ path }) => path.replace('apps/accounting/src/', ''))).toEqual([
      'migrations/0001-create-entries.ts',
      'entries/insert-entries.ts',
      'reactions/keep-entry-when-order-confirmed.ts',
      'accounting.module.ts',
      'main.ts',
    ]);
    for (const { path, text } of shown) expect({ path, text }).toEqual({ path, text: generated.get(path) });
  });
});
