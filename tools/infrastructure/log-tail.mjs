import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const WINDOW = 64 * 1024;

/** The last lines of a file that may be large or not there yet. */
export function logTail(file, lines = 20) {
  let handle;
  try {
    handle = openSync(file, 'r');
  } catch {
    return '';
  }
  try {
    const { size } = fstatSync(handle);
    const window = Buffer.alloc(Math.min(size, WINDOW));
    readSync(handle, window, 0, window.length, size - window.length);
    return window.toString('utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } finally {
    closeSync(handle);
  }
}
