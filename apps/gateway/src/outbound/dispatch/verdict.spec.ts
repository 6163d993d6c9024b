import type { AttemptOutcome, ErrorClass } from '../sending/attempt.js';
import { verdictOf } from './verdict.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');

const outcome = (changes: Partial<AttemptOutcome>): AttemptOutcome => ({
  durationMs: { dns: null, connect: null, tls: null, firstByte: 1, total: 1 },
  outcome: 'failed',
  status: null,
  responseHeaders: {},
  responseBody: '',
  truncated: false,
  error: null,
  ...changes,
});
const answered = (status: number, responseHeaders: AttemptOutcome['responseHeaders'] = {}): AttemptOutcome =>
  outcome({ status, responseHeaders, error: { class: 'http-status', message: `status ${status}` } });
const verdict = (result: AttemptOutcome, attempts = 1, schedule: number[] | null = null) =>
  verdictOf(result, attempts, schedule, { now: NOW, random: 0.5 });

describe('the verdict on an attempt', () => {
  it('is delivered after a success', () => {
    expect(verdict(outcome({ outcome: 'delivered', status: 200 }))).toEqual({
      status: 'delivered',
      next: 'none',
      pauseSeconds: null,
      unavailable: false,
    });
  });

  it('is another attempt after a failure, until the schedule ends', () => {
    expect(verdict(answered(500))).toMatchObject({ status: 'pending', next: 'retry', pauseSeconds: 5 });
    expect(verdict(answered(500), 9)).toMatchObject({ status: 'pending', next: 'retry', pauseSeconds: 86_400 });
    expect(verdict(answered(500), 10)).toMatchObject({ status: 'exhausted', next: 'none', pauseSeconds: null });
  });

  it('is the end of the endpoint after 410', () => {
    expect(verdict(answered(410))).toMatchObject({ status: 'held', next: 'disable', pauseSeconds: null });
  });

  it.each([429, 503])('heeds Retry-After of a %d for the whole endpoint', (status) => {
    expect(verdict(answered(status, { 'retry-after': '600' }))).toMatchObject({
      pauseSeconds: 600,
      endpointPauseSeconds: 600,
    });
  });

  it('does not come back sooner than the schedule says, whatever Retry-After says', () => {
    expect(verdict(answered(429, { 'retry-after': '1' }), 2)).toMatchObject({ pauseSeconds: 300 });
  });

  it('pauses the endpoint also after the last attempt', () => {
    expect(verdict(answered(429, { 'retry-after': '600' }), 10)).toMatchObject({
      status: 'exhausted',
      endpointPauseSeconds: 600,
    });
  });

  it('ignores Retry-After of other statuses', () => {
    expect(verdict(answered(500, { 'retry-after': '600' })).endpointPauseSeconds).toBeUndefined();
  });

  it.each([429, 502, 503, 504])('counts a %d against the endpoint', (status) => {
    expect(verdict(answered(status)).unavailable).toBe(true);
  });

  it.each([400, 401, 404, 410, 500])('does not count a %d against the endpoint', (status) => {
    expect(verdict(answered(status)).unavailable).toBe(false);
  });

  it.each<[ErrorClass, boolean]>([
    ['timeout', true],
    ['connection', true],
    ['tls', true],
    ['dns', true],
    ['blocked-address', true],
    ['redirect', false],
    ['response-too-large', false],
  ])('counts %s against the endpoint: %s', (error, unavailable) => {
    expect(verdict(outcome({ error: { class: error, message: '' } })).unavailable).toBe(unavailable);
  });
});
