import fc from 'fast-check';
import { isMetadata, isPublicUnicast } from './address-class.js';
import { ipv4Text, ipv6Spellings } from './testing/spellings.js';

const refused = [
  '127.0.0.1',
  '127.255.255.254',
  '10.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.0.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '192.0.2.1',
  '198.51.100.1',
  '203.0.113.1',
  '198.18.0.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::1',
  '::',
  '::ffff:127.0.0.1',
  '::ffff:10.0.0.1',
  '::7f00:1',
  '64:ff9b::a9fe:a9fe',
  'fe80::1',
  'fc00::1',
  'fd00:ec2::254',
  'fec0::1',
  'ff02::1',
  '2001:db8::1',
  '2002:7f00:1::1',
  '2001:0:4136:e378:8000:63bf:3fff:fdd2',
  // What leads to a public address by a detour is refused too.
  '::ffff:8.8.8.8',
  '64:ff9b::808:808',
  '2002:808:808::1',
  'fe80::1%eth0',
  '2606:4700:4700::1111%eth0',
  '192.0.0.170',
  '192.88.99.1',
  '100::1',
  '3fff::1',
  '5f00::1',
];

const allowed = [
  '8.8.8.8',
  '1.1.1.1',
  '93.184.216.34',
  '2606:4700:4700::1111',
  '2001:4860:4860::8888',
  // The neighbours of what is refused.
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.0',
  '169.253.255.255',
  '169.255.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '192.167.255.255',
  '192.169.0.0',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '2001:200::1',
  '2001:db7:ffff:ffff:ffff:ffff:ffff:ffff',
  '2001:db9::',
  '2003::1',
  '3ffd::1',
  '2a00:1450:4001:80b::200e',
];

describe('public unicast addresses', () => {
  it.each(refused)('do not include %s', (address) => expect(isPublicUnicast(address)).toBe(false));

  it.each(allowed)('include %s', (address) => expect(isPublicUnicast(address)).toBe(true));

  it.each(['', 'localhost', '127.1', '0x7f000001', '2130706433', '[::1]', '1.2.3.4.5', '8.8.8.8 ', '1:2:3'])(
    'do not include "%s", which is no address',
    (text) => expect(isPublicUnicast(text)).toBe(false),
  );

  it.each([
    ['this network', 0x00000000, 8],
    ['private', 0x0a000000, 8],
    ['carrier-grade NAT', 0x64400000, 10],
    ['loopback', 0x7f000000, 8],
    ['link-local', 0xa9fe0000, 16],
    ['private', 0xac100000, 12],
    ['protocol assignments', 0xc0000000, 24],
    ['documentation', 0xc0000200, 24],
    ['6to4 relays', 0xc0586300, 24],
    ['private', 0xc0a80000, 16],
    ['benchmarking', 0xc6120000, 15],
    ['documentation', 0xc6336400, 24],
    ['documentation', 0xcb007100, 24],
    ['multicast', 0xe0000000, 4],
    ['reserved', 0xf0000000, 4],
  ])('do not include any IPv4 address of %s (%i/%i), plain or within IPv6', (_class, start, prefix) => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << BigInt(32 - prefix)) - 1n }), (host) => {
        const bits = BigInt(start) + host;
        const within = [
          bits, // compatible
          0xffff_0000_0000n | bits, // mapped
          0xffff_0000_0000_0000n | bits, // translated
          (0x64_ff9bn << 96n) | bits, // NAT64
          (0x2002n << 112n) | (bits << 80n) | 1n, // 6to4
        ];
        return (
          !isPublicUnicast(ipv4Text(bits)) &&
          within.flatMap(ipv6Spellings).every((address) => !isPublicUnicast(address))
        );
      }),
    );
  });

  it.each([
    ['unspecified, loopback, compatible', 0n, 80],
    ['mapped', 0xffffn << 32n, 96],
    ['NAT64', 0x64_ff9bn << 96n, 96],
    ['local NAT64', 0x64_ff9b_0001n << 80n, 48],
    ['discard', 0x0100n << 112n, 64],
    ['Teredo', 0x2001n << 112n, 32],
    ['benchmarking', 0x2001_0002n << 96n, 48],
    ['ORCHID', 0x2001_0010n << 96n, 28],
    ['ORCHID, second version', 0x2001_0020n << 96n, 28],
    ['documentation', 0x2001_0db8n << 96n, 32],
    ['documentation', 0x3fffn << 112n, 20],
    ['6to4', 0x2002n << 112n, 16],
    ['unique local', 0xfc00n << 112n, 7],
    ['link-local', 0xfe80n << 112n, 10],
    ['site-local', 0xfec0n << 112n, 10],
    ['multicast', 0xff00n << 112n, 8],
  ])('do not include any IPv6 address of %s, however it is spelled', (_class, start, prefix) => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << BigInt(128 - prefix)) - 1n }), (host) =>
        ipv6Spellings(start + host).every((address) => !isPublicUnicast(address)),
      ),
    );
  });

  it('do not include any address outside 2000::/3', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), (value) => {
        fc.pre(value >> 125n !== 1n);
        return ipv6Spellings(value).every((address) => !isPublicUnicast(address));
      }),
    );
  });

  it('include the rest of 2000::/3, however it is spelled', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0x2400n << 112n, max: (0x2c10n << 112n) - 1n }), (value) =>
        ipv6Spellings(value).every(isPublicUnicast),
      ),
    );
  });
});

describe('metadata addresses', () => {
  const ipv4 = ['169.254.169.254', '100.100.100.200', '169.254.170.2'];

  it.each([
    ...ipv4,
    'fd00:ec2::254',
    'FD00:0EC2:0:0:0:0:0:0254',
    '169.254.170.23',
    '168.63.129.16',
    '2002:a9fe:a9fe::1',
    '2001:0:4136:e378:8000:63bf:5601:5601', // Teredo, client inverted
    '2001:0:a9fe:a9fe:8000:63bf:3fff:fdd2', // Teredo, server
    '64:ff9b:1:a9fe:a9:fe00::', // a /48 for NAT64
    'fe80::5efe:169.254.169.254', // ISATAP
    'fe80::a9fe:a9fe%eth0',
  ])('include %s', (address) => expect(isMetadata(address)).toBe(true));

  it.each(
    ipv4.flatMap((address) => ['::', '::ffff:', '::ffff:0:', '64:ff9b::', '64:ff9b:1::'].map((p) => p + address)),
  )('include %s', (address) => expect(isMetadata(address)).toBe(true));

  it.each(['127.0.0.1', '169.254.169.253', '8.8.8.8', '::1', 'fd00:ec2::255', '2606:4700:4700::1111', 'metadata'])(
    'do not include %s',
    (address) => expect(isMetadata(address)).toBe(false),
  );
});
