import { quoteNumbers } from './json-text.js';

describe('quoteNumbers', () => {
  it.each([
    ['{"id":9007199254740993}', '{"id":"9007199254740993"}'],
    ['[-1.5e+3,0,true,null]', '["-1.5e+3","0",true,null]'],
    [String.raw`{"a\"1":"2\\","b":3}`, String.raw`{"a\"1":"2\\","b":"3"}`],
    ['{"1":{"2":""}}', '{"1":{"2":""}}'],
    ['', ''],
  ])('reads %s as %s', (json, quoted) => {
    expect(quoteNumbers(json)).toBe(quoted);
  });

  it.each([
    ['a string that does not end', '"' + 'a'.repeat(32)],
    ['a string that ends in an escape', String.raw`"\ `.trim().repeat(20_000)],
    ['escapes without end', `"${String.raw`\"`.repeat(50_000)}`],
    ['quotes without end', '"'.repeat(100_001)],
    ['digits without end', '1'.repeat(100_000)],
  ])('takes no longer than a moment for %s', (_, text) => {
    const before = process.cpuUsage();
    quoteNumbers(text);

    // Of the processor's time: the clock would tell how busy the machine is.
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(500);
  });
});
