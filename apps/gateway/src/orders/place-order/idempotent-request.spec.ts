import { decide, type Decision, type StoredRequest } from './idempotent-request.js';

describe('a request under an idempotency key', () => {
  const hash = Buffer.from('this body');
  const request = { apiKeyId: 'sender', key: 'key', hash, orderId: 'proposed', holder: 'me' };
  const stored = (changes: Partial<StoredRequest>): StoredRequest => ({
    hash,
    orderId: 'fixed',
    holder: 'me',
    answer: null,
    lockedForSeconds: 30,
    ...changes,
  });
  const otherHash = Buffer.from('another body');

  it.each<[string, Partial<StoredRequest>, Decision]>([
    ['places the order when it holds the key', {}, { do: 'place', orderId: 'fixed' }],
    ['waits while somebody else holds the key', { holder: 'other' }, { do: 'wait', seconds: 2 }],
    ['never waits less than a second', { holder: 'other', lockedForSeconds: 0.2 }, { do: 'wait', seconds: 1 }],
    [
      'replays what was answered, whoever holds the key',
      { holder: 'other', answer: '{}' },
      { do: 'replay', orderId: 'fixed', answer: '{}' },
    ],
    ['is refused when the key was used for another body', { hash: otherHash, answer: '{}' }, { do: 'refuse' }],
    ['is refused for another body even while that is running', { hash: otherHash, holder: 'other' }, { do: 'refuse' }],
  ])('%s', (_, changes, decision) => {
    expect(decide(request, stored(changes))).toEqual(decision);
  });
});
