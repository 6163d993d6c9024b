import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../workspace/root.mjs';

export const guide = readFileSync(join(root, 'docs', 'how-to-add-a-service.md'), 'utf8');

/** The files that the guide shows in a section: each code block that follows the path of an app's file. */
export function shownFiles(section: string): { path: string; text: string }[] {
  const [, text = ''] = new RegExp(`\n## \\d+\\. ${section}\n([^]*?)(?=\n## |$)`).exec(guide) ?? [];
  return [...text.matchAll(/`(apps\/[^`\s]+)`[^`]*?\n\n```ts\n([^]*?)```/g)].map(([, path, code]) => ({
    path: path!,
    text: code!,
  }));
}
