export const ipv4Text = (bits: bigint): string => [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 0xffn).join('.');

/** One address as people, programs and attackers write it. */
export function ipv6Spellings(value: bigint): string[] {
  const groups = Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16));
  const plain = groups.join(':');
  const padded = groups.map((group) => group.padStart(4, '0')).join(':');
  const shortest = new URL(`http://[${plain}]`).hostname.slice(1, -1);
  const dotted = `${groups.slice(0, 6).join(':')}:${ipv4Text(value & 0xffff_ffffn)}`;
  return [plain, padded, shortest, dotted, plain.toUpperCase(), padded.toUpperCase(), shortest.toUpperCase()];
}
