/** Reads padded standard base64, and nothing else: `Buffer.from` alone skips over what it does not understand. */
export function bytesOf(base64: string): Buffer | undefined {
  const bytes = Buffer.from(base64, 'base64');
  return bytes.toString('base64') === base64 ? bytes : undefined;
}
