import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './workspace/root.mjs';

describe('SECURITY.md', () => {
  const text = readFileSync(join(root, 'SECURITY.md'), 'utf8');
  const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, path]) => path!);

  it('points to code and specs that are there', () => {
    expect(links.length).toBeGreaterThan(50);
    expect(links.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it.each(['Report a vulnerability', 'Supported versions', 'Threats, and what is done', 'Not covered'])(
    'has: %s',
    (title) => {
      expect(text).toMatch(new RegExp(`^## ${title}$`, 'm'));
    },
  );
});
