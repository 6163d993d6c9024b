import { isIPv4, isIPv6 } from 'node:net';

/** An address as a number: 32 bits of IPv4 or 128 of IPv6. */
interface Parsed {
  family: 4 | 6;
  value: bigint;
}

interface Network extends Parsed {
  /** How many of the low bits are free. */
  hostBits: bigint;
}

/** Refused within IPv4. Sources: the IANA special-purpose registry, RFC 6890 and its successors. */
const specialIPv4 = [
  '0.0.0.0/8', // this network, unspecified
  '10.0.0.0/8', // private
  '100.64.0.0/10', // carrier-grade NAT, Alibaba's metadata
  '127.0.0.0/8', // loopback
  '168.63.129.16/32', // the host behind every machine on Azure
  '169.254.0.0/16', // link-local, metadata of most clouds
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments, Oracle's metadata
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // relays of 6to4
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarking
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, broadcast
].map(network);

/** All that IANA has given out as public unicast: everything special in IPv6 is outside, or among the next. */
const publicIPv6 = network('2000::/3');

const specialIPv6 = [
  '2001::/23', // protocol assignments: Teredo, benchmarking, ORCHID
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4
  '3ffe::/16', // given back by the 6bone
  '3fff::/20', // documentation
].map(network);

const metadata = [
  '168.63.129.16/32', // Azure
  '169.254.169.254/32', // most clouds
  '169.254.170.2/32', // Amazon: tasks
  '169.254.170.23/32', // Amazon: pods
  '100.100.100.200/32', // Alibaba
  '192.0.0.192/32', // Oracle
  'fd00:ec2::254/128', // Amazon
  'fd00:ec2::23/128', // Amazon: pods
  'fd20:ce::254/128', // Google
].map(network);

const sixToFour = network('2002::/16');
const teredo = network('2001::/32');
const localNat64 = network('64:ff9b:1::/48');

/** May a stranger send us there? Anything that is no address at all, or has a zone, is not public. */
export function isPublicUnicast(address: string): boolean {
  const parsed = parse(address);
  if (!parsed || hasZone(address)) return false;
  return parsed.family === 4
    ? !specialIPv4.some((special) => contains(special, parsed))
    : contains(publicIPv6, parsed) && !specialIPv6.some((special) => contains(special, parsed));
}

/** Credentials are handed out there to whoever asks; written plainly or within an IPv6 address that leads there. */
export function isMetadata(address: string): boolean {
  const parsed = parse(address);
  if (!parsed) return false;
  return [parsed, ...embedded(parsed)].some((candidate) => metadata.some((network) => contains(network, candidate)));
}

const hasZone = (address: string) => address.includes('%');

/** IPv4 addresses that an IPv6 address may be translated or tunnelled to. */
function embedded({ family, value }: Parsed): Parsed[] {
  if (family === 4) return [];
  const ipv4 = (bits: bigint): Parsed => ({ family: 4, value: bits & 0xffff_ffffn });
  const found = [ipv4(value)]; // compatible, mapped, translated, NAT64, ISATAP
  if (contains(sixToFour, { family, value })) found.push(ipv4(value >> 80n));
  if (contains(teredo, { family, value })) found.push(ipv4(~value), ipv4(value >> 64n));
  // A /48 for NAT64 puts the address around the eight bits that are always zero.
  if (contains(localNat64, { family, value })) {
    found.push(ipv4((((value >> 64n) & 0xffffn) << 16n) | ((value >> 40n) & 0xffffn)));
  }
  return found;
}

function contains(network: Network, { family, value }: Parsed): boolean {
  return network.family === family && network.value >> network.hostBits === value >> network.hostBits;
}

function network(text: string): Network {
  const [address, prefix] = text.split('/') as [string, string];
  const parsed = parse(address)!;
  return { ...parsed, hostBits: (parsed.family === 4 ? 32n : 128n) - BigInt(prefix) };
}

function parse(address: string): Parsed | null {
  if (isIPv4(address)) return { family: 4, value: ipv4Bits(address) };
  if (isIPv6(address)) return { family: 6, value: ipv6Bits(address.split('%', 1)[0]!) };
  return null;
}

function ipv4Bits(address: string): bigint {
  return address.split('.').reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
}

function ipv6Bits(address: string): bigint {
  const [front, back] = withoutDots(address).split('::', 2) as [string, string?];
  const before = groups(front);
  const after = back === undefined ? [] : groups(back);
  const gap = new Array<string>(8 - before.length - after.length).fill('0');
  return [...before, ...gap, ...after].reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}

/** `::ffff:1.2.3.4` ends in an IPv4 address; this writes it as the two groups it stands for. */
function withoutDots(address: string): string {
  const tail = address.slice(address.lastIndexOf(':') + 1);
  if (!tail.includes('.')) return address;
  const bits = ipv4Bits(tail);
  return `${address.slice(0, -tail.length)}${(bits >> 16n).toString(16)}:${(bits & 0xffffn).toString(16)}`;
}

function groups(text: string): string[] {
  return text === '' ? [] : text.split(':');
}
