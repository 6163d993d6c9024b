import { once } from 'node:events';
import { createServer } from 'node:net';
import { assertPortsFree, freePort, freePortBase, layout, portBaseFrom } from './ports.mjs';

describe('assertPortsFree', () => {
  it('names every port in use, who wants it, and what to do', async () => {
    const server = createServer().listen(await freePort(), '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const free = await freePort();

    const asserting = assertPortsFree([
      { name: 'order', port },
      { name: 'payment', port: free },
    ]);

    await expect(asserting).rejects.toThrow(`${port} (order): already in use`);
    await expect(asserting).rejects.toThrow('HOOKSHOP_PORT_BASE');
    await expect(asserting).rejects.not.toThrow(String(free));
    server.close();
  });

  it('is content with free ports', async () => {
    const base = await freePortBase();

    await expect(assertPortsFree([{ name: 'order', port: base + 1 }])).resolves.toBeUndefined();
  });
});

describe('a free port', () => {
  const worker = process.env['JEST_WORKER_ID'];
  afterEach(() => (process.env['JEST_WORKER_ID'] = worker));

  const ports = (count: number) => Promise.all(Array.from({ length: count }, () => freePort()));

  it('is given once, also while nobody listens there yet', async () => {
    expect(new Set(await ports(300)).size).toBe(300);
  });

  it('is another one for each worker of a run', async () => {
    process.env['JEST_WORKER_ID'] = '1';
    const [first, base] = [await ports(30), await freePortBase()];
    process.env['JEST_WORKER_ID'] = '2';
    const [second, otherBase] = [await ports(30), await freePortBase()];

    expect(Math.max(...first, base)).toBeLessThan(Math.min(...second, otherBase));
  });
});

describe('the port base', () => {
  it('moves every port', () => {
    expect(layout(4000)).toMatchObject({ postgres: 4032, nats: 4042, natsMonitoring: 4043 });
    expect(layout(4000).at(10)).toBe(4010);
  });

  it('is 3000 unless HOOKSHOP_PORT_BASE says otherwise', () => {
    expect(portBaseFrom({})).toBe(3000);
    expect(portBaseFrom({ HOOKSHOP_PORT_BASE: '4000' })).toBe(4000);
  });

  it.each(['abc', '0', '70000', '30.5'])('is not %s', (HOOKSHOP_PORT_BASE) => {
    expect(() => portBaseFrom({ HOOKSHOP_PORT_BASE })).toThrow(`HOOKSHOP_PORT_BASE is "${HOOKSHOP_PORT_BASE}"`);
  });
});
