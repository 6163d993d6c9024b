import { setTimeout as wait } from 'node:timers/promises';
import { adoptTrace, continueTrace, currentTrace, recordRootsIf, withoutTrace, withTrace } from './trace-context.js';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const wellFormed = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[01]$/;

describe('continueTrace', () => {
  it('keeps the trace id and the sampling of a valid parent and starts a new span', () => {
    const next = continueTrace(`00-${traceId}-${spanId}-01`);

    expect(next).toMatch(wellFormed);
    expect(next).toContain(`00-${traceId}-`);
    expect(next).not.toContain(spanId);
    expect(next).toMatch(/-01$/);
    expect(continueTrace(`00-${traceId}-${spanId}-00`)).toMatch(/-00$/);
  });

  it('reads what it knows of a later version', () => {
    expect(continueTrace(`01-${traceId}-${spanId}-01-more`)).toContain(`00-${traceId}-`);
    expect(continueTrace(`cc-${traceId}-${spanId}-03`)).toMatch(new RegExp(`^00-${traceId}-.*-01$`));
  });

  it.each([
    ['nothing', undefined],
    ['an empty header', ''],
    ['version ff', `ff-${traceId}-${spanId}-01`],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${spanId}-01`],
    ['a span id of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['upper case', `00-${traceId.toUpperCase()}-${spanId}-01`],
    ['more fields than version 00 has', `00-${traceId}-${spanId}-01-more`],
    ['a field that is too short', `00-${traceId}-${spanId.slice(1)}-01`],
    ['something before it', ` 00-${traceId}-${spanId}-01`],
    ['a line break after it', `00-${traceId}-${spanId}-01\n`],
  ])('starts a new trace for %s', (_, header) => {
    const next = continueTrace(header);

    expect(next).toMatch(wellFormed);
    expect(next).not.toContain(traceId);
  });

  it('gives every trace ids of its own', () => {
    const traces = new Set(Array.from({ length: 1_000 }, () => continueTrace(undefined)));

    expect(new Set([...traces].map((trace) => trace.slice(3, 35))).size).toBe(1_000);
    expect(new Set([...traces].map((trace) => trace.slice(36, 52))).size).toBe(1_000);
  });
});

describe('withTrace', () => {
  it('holds for everything the work starts, and nowhere else', async () => {
    const trace = { traceparent: continueTrace(undefined), correlationId: 'order-1' };

    const seen = await withTrace(trace, async () => {
      await wait(1);
      return currentTrace();
    });

    expect(seen).toBe(trace);
    expect(currentTrace()).toBeUndefined();
  });

  it('keeps the traces of things that happen at the same time apart', async () => {
    const seen = await Promise.all(
      ['a', 'b', 'c'].map((traceparent) =>
        withTrace({ traceparent }, async () => {
          await wait(1);
          return currentTrace()?.traceparent;
        }),
      ),
    );

    expect(seen).toEqual(['a', 'b', 'c']);
  });
});

describe('adoptTrace', () => {
  afterEach(() => recordRootsIf(() => true));

  it("keeps the caller's trace id and starts a new span", () => {
    const adopted = adoptTrace(`00-${traceId}-${spanId}-01`);

    expect(adopted).toMatch(wellFormed);
    expect(adopted).toContain(`00-${traceId}-`);
    expect(adopted).not.toContain(spanId);
  });

  it('lets nobody outside decide whether it is kept', () => {
    recordRootsIf(() => false);
    expect(adoptTrace(`00-${traceId}-${spanId}-01`)).toMatch(/-00$/);

    recordRootsIf(() => true);
    expect(adoptTrace(`00-${traceId}-${spanId}-00`)).toMatch(/-01$/);
  });

  it('starts a new trace when there is none, or a malformed one', () => {
    expect(adoptTrace(undefined)).toMatch(wellFormed);
    expect(adoptTrace(`ff-${traceId}-${spanId}-01`)).not.toContain(traceId);
  });
});

describe('withoutTrace', () => {
  it('leaves the trace at hand, also for what goes on later', async () => {
    await withTrace({ traceparent: `00-${traceId}-${spanId}-01` }, async () => {
      const seen = await withoutTrace(async () => {
        await wait(1);
        return currentTrace();
      });

      expect(seen).toBeUndefined();
      expect(currentTrace()).toBeDefined();
    });
  });
});
