import { brokerAddress } from './broker-address.js';

describe('brokerAddress', () => {
  it.each([
    ['nats://localhost', { servers: ['localhost'] }],
    ['nats://localhost:4222', { servers: ['localhost:4222'] }],
    ['nats://[::1]:4222', { servers: ['[::1]:4222'] }],
    ['nats://a:4222, nats://b:4223', { servers: ['a:4222', 'b:4223'] }],
    ['nats://shop:12%2F34@localhost:4222', { servers: ['localhost:4222'], user: 'shop', pass: '12/34' }],
    ['nats://s3cret@localhost:4222', { servers: ['localhost:4222'], token: 's3cret' }],
    ['nats://shop:a@a:4222,nats://shop:a@b:4222', { servers: ['a:4222', 'b:4222'], user: 'shop', pass: 'a' }],
  ])('reads %s', (url, address) => {
    expect(brokerAddress(url)).toEqual(address);
  });
});
