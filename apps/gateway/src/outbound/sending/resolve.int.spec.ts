import { lookup } from 'node:dns/promises';
import { systemResolve } from './resolve.js';
import { NameServer, type Records } from './testing/name-server.js';

describe('the addresses of a host', () => {
  let server: NameServer | undefined;
  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });

  async function ask(records: Records) {
    server = await NameServer.start(records);
    return systemResolve([server.address])('receiver.example', false);
  }
  const ipv4 = [93, 184, 216, 34];
  const ipv6 = [0x26, 0x06, 0x47, 0, 0x47, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x11, 0x11];

  it('are those of both families', async () => {
    expect(await ask({ A: [ipv4, [10, 0, 0, 1]], AAAA: [ipv6] })).toEqual([
      { address: '93.184.216.34', family: 4 },
      { address: '10.0.0.1', family: 4 },
      { address: '2606:4700:4700::1111', family: 6 },
    ]);
    expect(server!.asked.sort()).toEqual(['A receiver.example', 'AAAA receiver.example']);
  });

  it.each<[string, Records]>([
    ['has none', { A: [ipv4] }],
    ['is not known', { A: [ipv4], AAAA: 'unknown' }],
    ['is broken', { A: [ipv4], AAAA: 'broken' }],
  ])('are those of one family when the other %s', async (_how, records) => {
    expect(await ask(records)).toEqual([{ address: '93.184.216.34', family: 4 }]);
  });

  it.each<[string, Records]>([
    ['ENOTFOUND', { A: 'unknown', AAAA: 'unknown' }],
    ['ENODATA', {}],
    ['ESERVFAIL', { A: 'broken', AAAA: 'broken' }],
    ['ESERVFAIL', { A: [], AAAA: 'broken' }],
  ])('are wanting with %s', async (code, records) => {
    await expect(ask(records)).rejects.toMatchObject({ code });
  });

  it('are those that other programs of this machine use, when the host is listed', async () => {
    server = await NameServer.start({ A: [ipv4] });

    const found = await systemResolve([server.address])('localhost', true);

    expect(found).toContainEqual({ address: (await lookup('localhost', 4)).address, family: 4 });
    expect(server.asked).toEqual([]);
  });
});
