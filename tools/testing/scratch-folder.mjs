import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new empty folder, and how to take it away again. */
export function scratchFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'hookshop-'));
  // PostgreSQL, which does not run as root, must be able to enter.
  chmodSync(folder, 0o711);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
