import { productionPackages } from './production-packages.mjs';

const lock = (packages: Record<string, object>) => ({
  packages: {
    'apps/order': { name: '@shop/order', version: '1.0.0', dependencies: { '@shop/http': '1.0.0', pg: '8.0.0' } },
    'node_modules/@shop/http': { resolved: 'libs/http', link: true },
    'libs/http': {
      name: '@shop/http',
      version: '1.0.0',
      dependencies: { ajv: '8.0.0' },
      devDependencies: { jest: '1' },
    },
    'node_modules/pg': { version: '8.0.0' },
    'node_modules/ajv': { version: '6.0.0' },
    'node_modules/jest': { version: '1.0.0', dev: true },
    ...packages,
  },
});
const packagesOf = (of: ReturnType<typeof lock>) => [...productionPackages(of).values()];
const own = ['@shop/order@1.0.0', '@shop/http@1.0.0'];

describe('the packages of production', () => {
  it('are those an app depends on, through its libraries, and no tools of theirs', () => {
    expect(packagesOf(lock({})).sort()).toEqual([...own, 'ajv@6.0.0', 'pg@8.0.0'].sort());
  });

  it('come in the version that is found nearest', () => {
    const nested = packagesOf(lock({ 'libs/http/node_modules/ajv': { version: '8.0.0' } }));

    expect(nested).toContain('ajv@8.0.0');
    expect(nested).not.toContain('ajv@6.0.0');
  });

  it('are followed through theirs, around circles and to peers', () => {
    const found = packagesOf(
      lock({
        'node_modules/pg': { version: '8.0.0', dependencies: { 'pg-pool': '3' } },
        'node_modules/pg-pool': { version: '3.0.0', dependencies: { pg: '8' }, peerDependencies: { tslib: '2' } },
        'node_modules/tslib': { version: '2.0.0' },
      }),
    );

    expect(found).toEqual(expect.arrayContaining(['pg-pool@3.0.0', 'tslib@2.0.0']));
  });

  it('come with a dependency that is an optional peer besides', () => {
    const peer = { peerDependencies: { ajv: '8' }, peerDependenciesMeta: { ajv: { optional: true } } };
    const found = packagesOf(
      lock({
        'node_modules/pg': { version: '8.0.0', dependencies: { ajv: '8' }, ...peer },
        'node_modules/pg/node_modules/ajv': { version: '8.0.0' },
      }),
    );

    expect(found).toContain('ajv@8.0.0');
  });

  it('may lack what is optional, and nothing else', () => {
    const optional = { version: '8.0.0', optionalDependencies: { native: '1' } };
    expect(packagesOf(lock({ 'node_modules/pg': optional }))).toContain('pg@8.0.0');

    const needed = { version: '8.0.0', dependencies: { native: '1' } };
    expect(() => packagesOf(lock({ 'node_modules/pg': needed }))).toThrow('lacks native');
  });
});
