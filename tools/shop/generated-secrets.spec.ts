import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generatedSecrets } from './generated-secrets.mjs';

describe('the secrets made for a shop', () => {
  let data: string;
  let folder: string;

  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'hookshop-secrets-'));
    folder = join(data, 'secrets');
  });
  afterEach(() => rmSync(data, { recursive: true }));

  const secrets = (given: Record<string, string> = {}) => generatedSecrets(folder, ['SEALING_KEYS'], given);

  it('are 32 random bytes in base64, read by nobody else', () => {
    const { SEALING_KEYS: made = '' } = secrets();

    expect(Buffer.from(made, 'base64')).toHaveLength(32);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'SEALING_KEYS')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['SEALING_KEYS']);
    rmSync(folder, { recursive: true });
    expect(secrets()['SEALING_KEYS']).not.toBe(made);
  });

  it('are the same at every start', () => {
    const first = secrets();

    expect(secrets()).toEqual(first);
    expect(readFileSync(join(folder, 'SEALING_KEYS'), 'utf8')).toBe(first['SEALING_KEYS']);
  });

  it('outlive a start that gave others', () => {
    const first = secrets();

    expect(secrets({ SEALING_KEYS: 'given' })).toEqual({});
    expect(secrets()).toEqual(first);
  });

  it('are not made when they were given', () => {
    secrets({ SEALING_KEYS: 'given' });

    expect(readdirSync(data)).toEqual([]);
  });

  it('survive a start that died while it made them', () => {
    secrets();
    rmSync(join(folder, 'SEALING_KEYS'));
    writeFileSync(join(folder, 'SEALING_KEYS.new'), 'half', { mode: 0o600 });

    expect(Buffer.from(secrets()['SEALING_KEYS'] ?? '', 'base64')).toHaveLength(32);
  });

  it('are not replaced when their file was emptied: what they sealed would be lost without a word', () => {
    secrets();
    truncateSync(join(folder, 'SEALING_KEYS'));

    expect(() => secrets()).toThrow(/SEALING_KEYS is empty: bring the secret back, or delete the file for a new one/);
  });
});
