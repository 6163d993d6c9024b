import { failedDelivery } from './failed-delivery.js';

const error = (message: string, properties: object = {}): Error => Object.assign(new Error(message), properties);
const reply = (code: string, command: string, responseCode: number): Error =>
  error(`Can't send mail: ${responseCode} no`, { code, command, responseCode });

describe('a failed delivery', () => {
  it.each([
    ['an unknown recipient', reply('EENVELOPE', 'RCPT TO', 550)],
    ['no recipient accepted, told at DATA', reply('EENVELOPE', 'DATA', 554)],
    ['refused content', reply('EMESSAGE', 'DATA', 554)],
    ['an address that SMTP cannot say', error('Invalid recipient', { code: 'EENVELOPE', command: 'API' })],
    ['a message larger than the server takes', error('Message size larger than allowed 1', { code: 'EMESSAGE' })],
  ])('%s is refused', (_what, failure) => {
    expect(failedDelivery(failure, false)).toMatchObject({ failure: 'refused' });
  });

  it.each([
    ['greylisting', reply('EENVELOPE', 'RCPT TO', 451)],
    ['a full mailbox', reply('EENVELOPE', 'RCPT TO', 452)],
    ['content deferred', reply('EMESSAGE', 'DATA', 451)],
    ['a session that went wrong', reply('EENVELOPE', 'DATA', 503)],
    ['a refused sender, which an operator can mend', reply('EENVELOPE', 'MAIL FROM', 553)],
    ['a login that is required', reply('EENVELOPE', 'MAIL FROM', 530)],
  ])('%s is deferred', (_what, failure) => {
    expect(failedDelivery(failure, false)).toMatchObject({ failure: 'deferred' });
  });

  it.each([
    ['nobody listens', error('connect ECONNREFUSED', { code: 'ESOCKET', command: 'CONN' })],
    ['a name that does not resolve', error('getaddrinfo ENOTFOUND', { code: 'EDNS' })],
    ['silence', error('Timeout', { code: 'ETIMEDOUT', command: 'CONN' })],
    ['no greeting', error('Greeting never received', { code: 'ETIMEDOUT', command: 'CONN' })],
    ['a greeting that refuses', error('Invalid greeting', { code: 'EPROTOCOL', responseCode: 554 })],
    ['a failed login', reply('EAUTH', 'AUTH PLAIN', 535)],
    ['a bad certificate', error('self-signed certificate', { code: 'ETLS' })],
    ['a server that closes', reply('EENVELOPE', 'MAIL FROM', 421)],
    ['a server that closes after the message', reply('EMESSAGE', 'DATA', 421)],
    ['a pool that was closed', error('Connection pool was closed')],
  ])('%s is unreachable', (_what, failure) => {
    expect(failedDelivery(failure, false)).toMatchObject({ failure: 'unreachable' });
  });

  it('is deferred when the connection breaks after the message began: it may be the mail, and nobody knows', () => {
    expect(failedDelivery(error('Timeout', { code: 'ETIMEDOUT', command: 'CONN' }), true).failure).toBe('deferred');
    expect(failedDelivery(error('reset', { code: 'ESOCKET' }), true).failure).toBe('deferred');
  });

  it('is interrupted when we break off before anything was sent', () => {
    expect(failedDelivery(error('Message sending aborted', { code: 'EABORT' }), false).failure).toBe('interrupted');
    expect(failedDelivery(error('Message sending aborted', { code: 'EABORT' }), true).failure).toBe('deferred');
  });

  it('does not repeat addresses in its reason', () => {
    const { reason } = failedDelivery(
      error('all recipients were rejected: 550 5.1.1 <ada.l+x@example.com>: to=Müller@exämple.com; User unknown'),
      false,
    );

    expect(reason).toBe('all recipients were rejected: 550 5.1.1 <[address]>: [address]; User unknown');
  });

  it.each([
    ['550-first\n550 second\r\n', '550-first 550 second'],
    ['\u0000bell\u0007', 'bell'],
    ['', 'The mail server gave no reason'],
    ['x'.repeat(2_000), 'x'.repeat(500)],
    ['\ud800broken', '\ufffdbroken'],
    [`${'x'.repeat(499)}😀`, `${'x'.repeat(499)}\ufffd`],
  ])('gives a reason that a fact can carry', (message, reason) => {
    expect(failedDelivery(error(message), false).reason).toBe(reason);
  });
});
