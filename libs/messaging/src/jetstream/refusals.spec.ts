import { AuthorizationError, PermissionViolationError } from '@nats-io/transport-node';
import { isNotPermitted, Refusals } from './refusals.js';

const notTo = (operation: 'publish' | 'subscription', subject: string): PermissionViolationError =>
  new PermissionViolationError(`Permissions Violation for ${operation} to "${subject}"`, operation, subject);

describe('what the broker refuses', () => {
  let clock: number;
  let refusals: Refusals;

  beforeEach(() => {
    clock = 1_000_000;
    refusals = new Refusals(() => clock);
  });

  it('is told with what to do', () => {
    refusals.note(notTo('publish', 'shop.order.placed.v1'));
    refusals.note(notTo('subscription', 'order.place'));

    expect(refusals.detail).toBe(
      'the broker does not let this service publish shop.order.placed.v1, subscribe to order.place. ' +
        'Write its permissions with npm run nats:permissions, and have the broker read them',
    );
  });

  it('is news once, however often it is tried again', () => {
    expect(refusals.note(notTo('publish', 'shop.order.placed.v1'))).toBe(true);
    clock += 20_000;
    expect(refusals.note(notTo('publish', 'shop.order.placed.v1'))).toBe(false);
    expect(refusals.note(notTo('publish', 'shop.order.confirmed.v1'))).toBe(true);
  });

  it('is forgotten when it was not tried for half a minute, and news again then', () => {
    refusals.note(notTo('publish', 'shop.order.placed.v1'));
    clock += 29_999;
    expect(refusals.detail).toBeDefined();
    clock += 1;

    expect(refusals.detail).toBeUndefined();
    expect(refusals.note(notTo('publish', 'shop.order.placed.v1'))).toBe(true);
  });

  it('is forgotten as soon as it is let through', () => {
    refusals.note(notTo('publish', 'shop.order.placed.v1'));
    refusals.hasPublished('shop.order.confirmed.v1');
    expect(refusals.detail).toContain('shop.order.placed.v1');

    refusals.hasPublished('shop.order.placed.v1');

    expect(refusals.detail).toBeUndefined();
  });

  it('is one inbox, whatever name chance gave it', () => {
    expect(refusals.note(notTo('subscription', '_INBOX_order.A1.*'))).toBe(true);
    expect(refusals.note(notTo('subscription', '_INBOX_order.B2.*'))).toBe(false);
    expect(refusals.detail).toContain('subscribe to _INBOX_order.>.');
  });

  it('may be the service itself, until it is let in', () => {
    expect(refusals.note(new AuthorizationError('Authorization Violation'))).toBe(true);
    expect(refusals.note(new AuthorizationError('Authorization Violation'))).toBe(false);
    expect(refusals.detail).toBe('the broker knows no such user, or another password: correct NATS_URL');

    refusals.letIn();

    expect(refusals.detail).toBeUndefined();
  });

  it('is nothing else', () => {
    expect(refusals.note(new Error('TIMEOUT'))).toBe(false);
    expect(refusals.detail).toBeUndefined();
  });

  it('is known where the client tells of it as a cause', () => {
    const cause = notTo('publish', 'shop.order.placed.v1');

    expect(isNotPermitted(cause)).toBe(true);
    expect(isNotPermitted(new Error('request failed', { cause }))).toBe(true);
    expect(isNotPermitted(new Error('request failed', { cause: new Error('TIMEOUT') }))).toBe(false);
    expect(isNotPermitted(undefined)).toBe(false);
  });
});
