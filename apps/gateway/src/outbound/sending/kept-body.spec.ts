import { KeptBody, MAX_BODY_BYTES } from './kept-body.js';

describe('what is kept of a response body', () => {
  const kept = (chunks: (string | Buffer)[], compressed = false) => {
    const body = new KeptBody(compressed);
    const room = chunks.map((chunk) => body.take(Buffer.from(chunk)));
    return { text: body.text(), truncated: body.truncated, room };
  };

  it('is all of a short one, in one piece', () => {
    expect(kept(['{"ok"', ':true}'])).toEqual({ text: '{"ok":true}', truncated: false, room: [true, true] });
    expect(kept([])).toEqual({ text: '', truncated: false, room: [] });
  });

  it('is 16 KiB of a long one', () => {
    const exact = kept(['a'.repeat(MAX_BODY_BYTES)]);
    expect(exact).toMatchObject({ truncated: false, room: [true] });
    expect(exact.text).toHaveLength(MAX_BODY_BYTES);

    const more = kept(['a'.repeat(MAX_BODY_BYTES), 'b']);
    expect(more).toMatchObject({ truncated: true, room: [true, false] });
    expect(more.text).toBe(exact.text);
  });

  it('ends before a character that the cut would halve', () => {
    const { text } = kept([`${'a'.repeat(MAX_BODY_BYTES - 1)}€`]);
    expect(text).toBe('a'.repeat(MAX_BODY_BYTES - 1));
  });

  it('has characters whole that came in two pieces', () => {
    const euro = Buffer.from('€');
    expect(kept([euro.subarray(0, 1), euro.subarray(1)]).text).toBe('€');
  });

  it('has no NUL', () => expect(kept(['a\0b\0']).text).toBe('ab'));

  it('is nothing of a compressed one, and that is said', () => {
    expect(kept(['abc'], true)).toEqual({ text: '', truncated: true, room: [true] });
    expect(kept([Buffer.alloc(MAX_BODY_BYTES), 'x'], true)).toEqual({ text: '', truncated: true, room: [true, false] });
  });
});
