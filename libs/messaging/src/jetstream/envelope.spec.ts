import { spansIn, traceStateOf } from './envelope.js';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const parent = '00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01';
const link = '00-4bf92f3577b34da6a3ce929d0e0e4736-53995c3f42cd8ad8-01';

/** As headers that travelled would have it. */
const travelled = (tracestate: string | undefined): ReturnType<typeof spansIn> =>
  spansIn({ traceparent, ...(tracestate !== undefined && { tracestate }) });

describe('the spans a fact belongs to', () => {
  it('travel with it: the one above it, and the one of another trace that told of it', () => {
    expect(travelled(traceStateOf(parent, link))).toEqual({ parent, links: [link] });
    expect(travelled(traceStateOf(parent))).toEqual({ parent });
    expect(travelled(traceStateOf(undefined, link))).toEqual({});
  });

  it('are written as W3C Trace Context allows', () => {
    expect(traceStateOf(parent, link)).toMatch(/^[a-z]+=[\x21-\x2b\x2d-\x3c\x3e-\x7e]{1,256}$/);
  });

  it.each(['other=00f067aa0ba902b7', 'hookshop=00f067aa0ba902b', 'hookshop=00f067aa0ba902b7-4bf9', ''])(
    'are not read out of %p',
    (tracestate) => expect(travelled(tracestate)).toEqual({}),
  );
});
