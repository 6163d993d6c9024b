import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as contracts from '@hookshop/contracts';
import { scratchFolder } from '../testing/scratch-folder.mjs';
import { generatedFiles } from './generated.mjs';

let scratch: ReturnType<typeof scratchFolder>;
let generated: ReturnType<typeof generatedFiles>;

beforeEach(() => {
  scratch = scratchFolder();
  generated = generatedFiles(contracts, scratch.folder);
  generated.write();
});
afterEach(() => scratch.remove());

/** Changes a file as text, as if the contract had been another when it was written. */
function rewrite(file: string, from: string, to: string): void {
  const path = join(scratch.folder, file);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
}

describe('the generated files of the contracts', () => {
  it('are one schema per fact and an AsyncAPI document', () => {
    expect(readdirSync(scratch.folder).sort()).toEqual(['asyncapi.json', 'schemas']);
    expect(readdirSync(join(scratch.folder, 'schemas')).sort()).toEqual(
      contracts
        .allContracts()
        .map(({ type }) => `${type}.json`)
        .sort(),
    );
  });

  it('pass the check as they were written', () => {
    expect(generated.assertCommitted()).toContain('as committed');
  });

  it('fail the check when one was edited by hand', () => {
    rewrite('schemas/order.placed.v1.json', '"totalInCents"', '"totalInEuros"');

    expect(() => generated.assertCommitted()).toThrow('schemas/order.placed.v1.json');
  });

  it('fail the check when one is left of a fact that is no more', () => {
    writeFileSync(join(scratch.folder, 'schemas', 'order.forgotten.v1.json'), '{}');

    expect(() => generated.assertCommitted()).toThrow('schemas/order.forgotten.v1.json');
  });
});

describe('a released contract', () => {
  beforeEach(() => generated.release());

  it('may stay as it is', () => {
    expect(() => generated.assertCompatible()).not.toThrow();
  });

  it('makes the check fail when the contract of now breaks it', () => {
    rewrite('released/stock.low.v1.json', '"minimum": 0', '"minimum": 1');

    expect(() => generated.assertCompatible()).toThrow(
      'stock.low.v1 /available: minimum changed from 1 to 0. Within a version only optional properties may be added',
    );
    expect(() => generated.assertCompatible()).toThrow('stock-low.v2.ts');
  });

  it('makes the check fail when its fact is no more', () => {
    writeFileSync(join(scratch.folder, 'released', 'order.forgotten.v1.json'), '{}');

    expect(() => generated.assertCompatible()).toThrow('order.forgotten.v1: it was released and is gone');
  });
});
