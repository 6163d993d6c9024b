import { eventually } from '@hookshop/testing';
import type { Address, Resolve } from './resolve.js';
import { Receiver } from './testing/receiver.js';
import { selfSigned } from './testing/self-signed.js';
import { listing, Sender } from './testing/sender.js';

const addresses = (...all: string[]): Address[] =>
  all.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
const blocked = (message: string) => ({
  outcome: 'failed',
  status: null,
  responseHeaders: {},
  responseBody: '',
  truncated: false,
  error: { class: 'blocked-address', message },
  durationMs: { connect: null, tls: null, firstByte: null },
});
const NOT_PUBLIC = 'the host has an address that is not public';
const METADATA = 'the host leads to the metadata service of a cloud';

describe('every new socket', () => {
  const sender = new Sender();
  let receiver: Receiver;
  beforeEach(async () => {
    receiver = await sender.receiver(Receiver.http((_request, response) => response.end('here')));
  });
  afterEach(() => sender.stop());

  const answers = (...answers: Address[][]): Resolve & { asked: [string, boolean][] } => {
    const asked: [string, boolean][] = [];
    return Object.assign(
      async (host: string, listed: boolean) => {
        asked.push([host, listed]);
        return answers.length > 1 ? answers.shift()! : answers[0]!;
      },
      { asked },
    );
  };

  it.each([
    [['127.0.0.1']],
    [['93.184.216.34', '127.0.0.1']],
    [['127.0.0.1', '2606:4700:4700::1111']],
    [['2606:4700:4700::1111', '::ffff:127.0.0.1']],
    [['93.184.216.34', '64:ff9b::7f00:1']],
    [['no address']],
  ])('is refused when its host has the addresses %j', async (found) => {
    const resolve = answers(addresses(...found));

    expect(
      await sender.send(receiver.url('receiver.example'), { policy: listing('127.0.0.1', 'other.example'), resolve }),
    ).toMatchObject(blocked(NOT_PUBLIC));
    expect(resolve.asked).toEqual([['receiver.example', false]]);
    expect(receiver.sockets).toEqual([]);
  });

  it('goes to the address that was checked, where the host is listed', async () => {
    const resolve = answers(addresses('127.0.0.1'));
    const url = receiver.url('Receiver.EXAMPLE.');

    expect(await sender.send(url, { policy: listing('receiver.example'), resolve })).toMatchObject({
      outcome: 'delivered',
      responseBody: 'here',
      durationMs: { dns: expect.any(Number), connect: expect.any(Number), tls: null },
    });
    expect(resolve.asked).toEqual([['receiver.example', true]]);
  });

  it('goes to another of the addresses when one does not answer', async () => {
    const resolve = answers(addresses('127.0.0.2', '127.0.0.1'));

    expect(
      await sender.send(receiver.url('receiver.example'), { policy: listing('receiver.example'), resolve }),
    ).toMatchObject({ outcome: 'delivered' });
  });

  it('is checked for itself: an answer that changes is refused, and the socket from before still works', async () => {
    const waiting: (() => void)[] = [];
    receiver = await sender.receiver(Receiver.http((_request, response) => waiting.push(() => response.end())));
    const resolve = answers(addresses('127.0.0.1'), addresses('169.254.169.254'));
    const send = sender.connectTo(receiver.url('receiver.example'), {
      policy: listing('receiver.example'),
      connections: 2,
      resolve,
    });
    const first = send();
    await eventually(() => waiting.length === 1);

    expect(await send()).toMatchObject(blocked(METADATA));
    waiting[0]!();
    expect(await first).toMatchObject({ outcome: 'delivered' });
    // Undici gives the socket back in the next turn.
    await new Promise(setImmediate);
    const again = send();
    await eventually(() => waiting.length === 2);
    waiting[1]!();

    expect(await again).toMatchObject({ outcome: 'delivered', durationMs: { dns: null, connect: null } });
    expect(receiver.sockets).toHaveLength(1);
  });

  it.each(['127.0.0.1', '[::1]', '0.0.0.0', '10.0.0.1', '[::ffff:127.0.0.1]', '[::7f00:1]'])(
    'to the address %s is refused without a lookup',
    async (host) => {
      const resolve = answers(addresses('93.184.216.34'));

      expect(await sender.send(receiver.url(host), { policy: listing(), resolve })).toMatchObject(
        blocked('the URL is an address that is not public'),
      );
      expect(resolve.asked).toEqual([]);
      expect(receiver.sockets).toEqual([]);
    },
  );

  it.each([
    ['169.254.169.254', '169.254.169.254'],
    ['[fd00:ec2::254]', 'fd00:ec2::254'],
    ['metadata.google.internal', 'metadata.google.internal'],
  ])('to the metadata service %s is refused even where it is listed', async (host, listed) => {
    const resolve = answers(addresses('127.0.0.1'));

    expect(await sender.send(receiver.url(host), { policy: listing(listed), resolve })).toMatchObject(
      blocked('the URL is the metadata service of a cloud'),
    );
    expect(resolve.asked).toEqual([]);
  });

  it('is refused when a listed name leads to the metadata service', async () => {
    const resolve = answers(addresses('127.0.0.1', '::ffff:169.254.169.254'));

    expect(
      await sender.send(receiver.url('receiver.example'), { policy: listing('receiver.example'), resolve }),
    ).toMatchObject(blocked(METADATA));
    expect(receiver.sockets).toEqual([]);
  });

  it.each([
    ['localhost', 'the URL is a name of this machine itself'],
    ['receiver', 'the URL is a host name without a dot'],
  ])('to %s is refused, whatever it leads to', async (host, message) => {
    expect(
      await sender.send(receiver.url(host), { policy: listing(), resolve: answers(addresses('93.184.216.34')) }),
    ).toMatchObject(blocked(message));
  });

  it('is refused over plain HTTP once the settings ask for https', async () => {
    const policy = { allowHttp: false, allowedPrivateHosts: ['127.0.0.1'] };

    expect(await sender.send(receiver.url(), { policy })).toMatchObject(blocked('the URL must be https'));
    expect(receiver.sockets).toEqual([]);
  });

  it.each([
    ['ENOTFOUND', 'the host name is not known'],
    ['ESERVFAIL', 'the name server failed'],
    ['EODD', 'the host name could not be looked up (EODD)'],
  ])('is not opened when the lookup fails with %s', async (code, message) => {
    const resolve = () => Promise.reject(Object.assign(new Error('query to 10.0.0.53 failed'), { code }));

    expect(await sender.send(receiver.url('receiver.example'), { policy: listing(), resolve })).toMatchObject({
      outcome: 'failed',
      error: { class: 'dns', message },
    });
  });

  it('is not opened to a name without addresses', async () => {
    expect(
      await sender.send(receiver.url('receiver.example'), { policy: listing(), resolve: answers([]) }),
    ).toMatchObject({ error: { class: 'dns', message: 'the host has no address' } });
  });

  it('leads through no proxy, whatever the environment says', async () => {
    const proxy = await sender.receiver(Receiver.http((_request, response) => response.end('proxy')));
    const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'];
    const before = names.map((name) => [name, process.env[name]] as const);
    names.forEach((name) => (process.env[name] = name === 'NODE_USE_ENV_PROXY' ? '1' : proxy.url().origin));
    try {
      expect(await sender.send(receiver.url())).toMatchObject({ outcome: 'delivered', responseBody: 'here' });
      expect(proxy.sockets).toEqual([]);
    } finally {
      before.forEach(([name, value]) => (value === undefined ? delete process.env[name] : (process.env[name] = value)));
    }
  });

  describe('over TLS', () => {
    let secure: Receiver;
    beforeEach(async () => {
      secure = await sender.receiver(Receiver.https((_request, response) => response.end('secret')));
    });
    const resolve = answers(addresses('127.0.0.1'));
    const tls = { ca: selfSigned.cert };

    it('wants a certificate that someone known vouches for', async () => {
      expect(await sender.send(secure.url())).toMatchObject({
        outcome: 'failed',
        status: null,
        error: { class: 'tls', message: 'the certificate is signed by itself' },
        durationMs: { connect: expect.any(Number), tls: null },
      });
    });

    it('wants it even where the environment asks for no verification', async () => {
      process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
      try {
        expect(await sender.send(secure.url())).toMatchObject({ error: { class: 'tls' } });
      } finally {
        delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      }
    });

    it.each(['127.0.0.1', 'receiver.example'])('takes the certificate of %s from a known authority', async (host) => {
      const send = sender.connectTo(secure.url(host), { policy: listing(host), resolve, tls, connections: 1 });

      expect(await send()).toMatchObject({
        outcome: 'delivered',
        responseBody: 'secret',
        durationMs: { connect: expect.any(Number), tls: expect.any(Number) },
      });
      expect(await send()).toMatchObject({ outcome: 'delivered', durationMs: { connect: null, tls: null } });
    });

    it('refuses the certificate of another host', async () => {
      expect(
        await sender.send(secure.url('other.example'), { policy: listing('other.example'), resolve, tls }),
      ).toMatchObject({ error: { class: 'tls', message: 'the certificate is for another host name' } });
    });

    it('is not what a plain HTTP server speaks', async () => {
      const url = new URL(`https://127.0.0.1:${receiver.port}/`);

      const { error } = await sender.send(url);

      expect(error).toMatchObject({ class: 'tls', message: expect.stringContaining('TLS could not be agreed on') });
    });

    it('that is cut in the middle of the handshake is a lost connection', async () => {
      const rude = await sender.receiver(
        Receiver.raw((socket) => void socket.once('data', () => socket.destroy()), 'https'),
      );

      expect(await sender.send(rude.url())).toMatchObject({
        error: { class: 'connection', message: 'the connection was reset while it was opened' },
      });
    });
  });
});
