import { maskSecrets, redact } from './redact.js';

describe('redact', () => {
  it.each([
    'authorization',
    'Authorization',
    'password',
    'dbPassword',
    'key',
    'secret',
    'client_secret',
    'apiKey',
    'x-api-key',
    'sealingKeys',
    'accessToken',
    'set-cookie',
  ])('hides what is called %s, however deep', (name) => {
    expect(redact({ request: { headers: [{ [name]: 'abc' }] } })).toEqual({
      request: { headers: [{ [name]: '[hidden]' }] },
    });
  });

  it.each(['sku', 'keyboard', 'orderId', 'idempotencyKeyId', 'monkey', 'tokenized'])(
    'shows what is called %s',
    (name) => {
      expect(redact({ [name]: 'abc' })).toEqual({ [name]: 'abc' });
    },
  );

  it('says that a secret is missing rather than hiding nothing', () => {
    expect(redact({ password: undefined, secret: null })).toEqual({ password: undefined, secret: null });
  });

  it('describes an error without the properties a driver hangs on it', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const error = Object.assign(new Error('no rows for postgres://shop:hunter2@db/shop', { cause }), {
      code: '23505',
      parameters: ['ada@example.com'],
      detail: 'Key (email)=(ada@example.com) already exists.',
    });

    const described = JSON.stringify(redact({ err: error }));

    expect(redact({ err: error })).toMatchObject({
      err: {
        type: 'Error',
        code: '23505',
        cause: { code: 'ECONNREFUSED' },
        stack: expect.stringContaining('redact.spec'),
      },
    });
    expect(described).not.toContain('ada@example.com');
    expect(described).not.toContain('hunter2');
  });

  it('describes every error of an aggregate', () => {
    expect(redact(new AggregateError([new Error('first'), new Error('second')], 'both'))).toMatchObject({
      message: 'both',
      errors: [{ message: 'first' }, { message: 'second' }],
    });
  });

  it('cuts cycles, dumps and bytes off', () => {
    const cycle: Record<string, unknown> = { list: Array.from({ length: 5_000 }, (_, i) => i), bytes: Buffer.alloc(9) };
    cycle.self = cycle;

    const copy = redact(cycle) as { list: unknown[]; bytes: string };

    expect(copy.list).toHaveLength(100);
    expect(copy.bytes).toBe('[9 bytes]');
    expect(JSON.stringify(copy)).toContain('[cut off]');
  });

  it('hides a secret each time, also once more names were logged than it keeps in mind', () => {
    for (let each = 0; each < 2_000; each += 1) redact({ [`name${each}`]: 'shown' });

    for (const name of ['token1', 'token2'])
      expect(redact({ [`${name}secret`]: 'abc' })).toEqual({ [`${name}secret`]: '[hidden]' });
    for (let time = 0; time < 2; time += 1) {
      expect(redact({ password: 'abc', sku: 'abc' })).toEqual({ password: '[hidden]', sku: 'abc' });
    }
  });

  it('keeps what JSON cannot say readable', () => {
    expect(redact({ count: 5n, at: new Date(0), never: new Date(NaN), set: new Set([1]) })).toEqual({
      count: '5',
      at: '1970-01-01T00:00:00.000Z',
      never: null,
      set: [1],
    });
  });
});

describe('maskSecrets', () => {
  it.each([
    ['postgres://shop:hunter2@db:5432/shop', 'postgres://shop:[hidden]@db:5432/shop'],
    ['nats://:hunter2@broker:4222', 'nats://:[hidden]@broker:4222'],
    ['nats://s3cr3t@broker:4222', 'nats://[hidden]@broker:4222'],
    ['nats://s3cr3t@one:4222,nats://order:hunter2@two:4222', 'nats://[hidden]@one:4222,nats://order:[hidden]@two:4222'],
    ['{"url":"https://s3cr3t@example.com","to":"@ada"}', '{"url":"https://[hidden]@example.com","to":"@ada"}'],
    ['postgres://shop:hun@ter2@db/shop', 'postgres://shop:[hidden]@db/shop'],
    ['Authorization: Bearer sk_shop_demo', 'Authorization: Bearer [hidden]'],
    ['Bearer abc.def', 'Bearer [hidden]'],
    ['key sk_shop_demo refused', 'key sk_[hidden] refused'],
    ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_[hidden]'],
    ['http://localhost:3000/v1/orders', 'http://localhost:3000/v1/orders'],
    ['GET http://localhost:3000/@ada', 'GET http://localhost:3000/@ada'],
    ['GET http://localhost:3000?to=ada@example.com', 'GET http://localhost:3000?to=ada@example.com'],
    ['{"url":"http://localhost:3000","to":"@ada"}', '{"url":"http://localhost:3000","to":"@ada"}'],
  ])('turns %s into %s', (text, masked) => {
    expect(maskSecrets(text)).toBe(masked);
  });
});
