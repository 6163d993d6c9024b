import type { ArgumentMetadata } from '@nestjs/common';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsInt, IsOptional, IsString, Max, Min, ValidateNested } from 'class-validator';
import { Problem, type FieldError } from './problem.js';
import { StrictValidation } from './strict-validation.js';

class Line {
  @IsString() readonly sku: string;
  @IsInt() @Min(1) readonly quantity: number;
}
class Order {
  @ArrayMaxSize(100) @ValidateNested({ each: true }) @Type(() => Line) readonly lines: Line[];
}
class PageQuery {
  @IsOptional() @Type(() => Number) @IsInt() @Min(1) @Max(100) readonly limit: number = 20;
}

const validation = new StrictValidation();
const check = (value: unknown, metatype: ArgumentMetadata['metatype'], type: ArgumentMetadata['type'] = 'body') =>
  validation.transform(value, { type, metatype });

async function faultsOf(value: unknown, metatype: ArgumentMetadata['metatype'] = Order): Promise<FieldError[]> {
  const thrown: unknown = await check(value, metatype).catch((error: unknown) => error);
  if (!(thrown instanceof Problem)) throw new Error('It was accepted');
  expect(thrown.getStatus()).toBe(400);
  return thrown.body.errors ?? [];
}

describe('StrictValidation', () => {
  it('gives what is valid as its class', async () => {
    const order = (await check({ lines: [{ sku: 'A', quantity: 1 }] }, Order)) as Order;

    expect(order).toBeInstanceOf(Order);
    expect(order.lines[0]).toBeInstanceOf(Line);
  });

  it('converts a query and keeps its defaults', async () => {
    expect(await check({ limit: '5' }, PageQuery, 'query')).toEqual({ limit: 5 });
    expect(await check(Object.assign(Object.create(null), {}), PageQuery, 'query')).toEqual({ limit: 20 });
  });

  it('leaves untyped and primitive parameters alone', async () => {
    expect(await check('o-1', String, 'param')).toBe('o-1');
    expect(await check({ any: 'thing' }, undefined)).toEqual({ any: 'thing' });
  });

  it('names every fault with its path', async () => {
    expect(await faultsOf({ lines: [{ sku: 'A', quantity: 0.5 }, { sku: 5 }], note: 'x' })).toEqual([
      { path: 'note', message: 'property note should not exist' },
      { path: 'lines.0.quantity', message: 'quantity must not be less than 1' },
      { path: 'lines.0.quantity', message: 'quantity must be an integer number' },
      { path: 'lines.1.sku', message: 'sku must be a string' },
      { path: 'lines.1.quantity', message: 'quantity must not be less than 1' },
      { path: 'lines.1.quantity', message: 'quantity must be an integer number' },
    ]);
  });

  it.each([['text'], [5], [true], [[]], [[{ lines: [] }]]])('refuses %j where an object is expected', async (value) => {
    expect(await faultsOf(value)).toEqual([{ path: '', message: 'must be an object' }]);
  });

  it('checks a missing body like an empty one', async () => {
    expect((await faultsOf(undefined)).map(({ path }) => path)).toContain('lines');
    expect((await faultsOf(null)).map(({ path }) => path)).toContain('lines');
  });

  it('names no more than fifty faults', async () => {
    const lines = Array.from({ length: 100 }, () => ({ sku: 1, quantity: 'x' }));

    expect(await faultsOf({ lines })).toHaveLength(50);
  });

  it('echoes no more than a piece of a name without end', async () => {
    const [fault] = await faultsOf({ lines: [], ['x'.repeat(100_000)]: 1 });

    expect(fault?.path).toHaveLength(200);
    expect(fault?.message.length).toBeLessThanOrEqual(400);
  });

  it('refuses ten thousand lines before it looks at them', async () => {
    const lines = Array.from({ length: 10_000 }, () => ({ sku: 'A', quantity: 1 }));

    expect(await faultsOf({ lines })).toEqual([{ path: 'lines', message: 'must contain no more than 1000 elements' }]);
  });

  it.each(['a\u0000b', '\ud800', 'x\udc00y'])(
    'refuses text that no database keeps, wherever it is: %j',
    async (text) => {
      for (const [input, path] of [
        [{ lines: [], note: text }, 'note'],
        [{ lines: [{ sku: text, quantity: 1 }] }, 'lines.0.sku'],
        [{ lines: [], [text]: 1 }, text.toWellFormed()],
      ] as const) {
        expect(await faultsOf(input)).toEqual([{ path, message: 'must be well-formed text without NUL' }]);
      }
    },
  );

  it('refuses nesting without end', async () => {
    const deep = JSON.parse('['.repeat(200_000) + ']'.repeat(200_000)) as unknown;

    const [fault] = await faultsOf({ lines: deep });

    expect(fault?.message).toBe('must not be nested more than 32 levels deep');
  });

  it('refuses more values than any request needs', async () => {
    const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`field${index}`, 1]));

    expect(await faultsOf(many)).toEqual([{ path: '', message: 'must not hold more than 10000 values in all' }]);
  });

  it.each(['{"lines":[],"constructor":{"name":"Free"}}', '{"lines":[{"__proto__":{"sku":"A"}}]}'])(
    'refuses %s, which would change what the checks go by',
    async (json) => {
      const [fault] = await faultsOf(JSON.parse(json));

      expect(fault?.message).toMatch(/property (constructor|__proto__) should not exist/);
    },
  );
});
