import { StringDecoder } from 'node:string_decoder';

export const MAX_BODY_BYTES = 16 * 1_024;

/** The beginning of a response body. What is compressed is counted and not kept: it is never inflated. */
export class KeptBody {
  truncated: boolean;
  private readonly chunks: Buffer[] = [];
  private bytes = 0;

  constructor(private readonly compressed: boolean) {
    this.truncated = compressed;
  }

  /** @returns whether there is room for more */
  take(chunk: Buffer): boolean {
    const room = MAX_BODY_BYTES - this.bytes;
    this.bytes += chunk.length;
    const fits = chunk.length <= room;
    if (!fits) this.truncated = true;
    if (!this.compressed) this.chunks.push(fits ? chunk : chunk.subarray(0, room));
    return fits;
  }

  /** Without NUL, which PostgreSQL cannot store, and without the half of a character at the cut. */
  text(): string {
    if (this.chunks.length === 0) return '';
    const bytes = this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks);
    const text = this.truncated ? new StringDecoder('utf8').write(bytes) : bytes.toString('utf8');
    return text.includes('\0') ? text.replaceAll('\0', '') : text;
  }
}
