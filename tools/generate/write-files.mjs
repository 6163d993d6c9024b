import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CannotStart } from '../infrastructure/cannot-start.mjs';

/**
 * Writes all of them or none: when one cannot be written, those before it are as they were.
 *
 * @param {{ path: string, text: string, isNew: boolean }[]} files
 */
export function writeFiles(root, files) {
  const there = files.filter(({ path, isNew }) => isNew && existsSync(join(root, path)));
  if (there.length > 0) throw new CannotStart(`Not overwritten: ${there.map(({ path }) => path).join(', ')}`);
  const undo = [];
  try {
    for (const { path, text, isNew } of files) {
      const file = join(root, path);
      const before = isNew ? undefined : readFileSync(file, 'utf8');
      const made = isNew ? mkdirSync(dirname(file), { recursive: true }) : undefined;
      undo.push(() => (isNew ? rmSync(made ?? file, { recursive: true, force: true }) : writeFileSync(file, before)));
      writeFileSync(file, text);
    }
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw new CannotStart(`Nothing was written: ${error.message}`);
  }
}
