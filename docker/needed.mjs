/** Never run: what explains a package, types it or maps it back to its sources. */
const explains = /\.(?:map|md|markdown|ts|mts|cts|tsx|flow|tsbuildinfo)$/i;
/** Whoever passes a package on passes its licence on. */
const licence = /^(?:licen[cs]e|copying|notice|patents)/i;
/** At the top of a package only: further down a folder of this name may be part of it. */
const besides = new Set([
  'test',
  'tests',
  '__tests__',
  'docs',
  'example',
  'examples',
  'benchmark',
  'benchmarks',
  '.github',
]);

/** The same again for browsers, bundlers and module systems that Node does not choose. */
const duplicates = {
  '@microsoft/tsdoc': ['lib'],
  'class-transformer': ['bundles', 'esm5', 'esm2015'],
  'class-validator': ['bundles', 'esm5', 'esm2015'],
  dayjs: ['esm'],
  'libphonenumber-js': ['bundle', 'es6', 'es6-modern', 'source'],
  rxjs: ['src', 'dist/bundles', 'dist/esm', 'dist/esm5', 'dist/types'],
  'swagger-ui-dist': ['swagger-ui.js', 'swagger-ui-es-bundle.js', 'swagger-ui-es-bundle-core.js'],
  typeorm: ['browser'],
};

/**
 * Whether a running service may read a file of a package.
 *
 * @param {string} path below the outermost `node_modules`, with `/`: `typeorm/index.js`
 */
export function isNeeded(path) {
  const own = path.split('node_modules/').at(-1);
  const [name, ...inner] = splitName(own);
  const file = inner.at(-1) ?? '';
  if (licence.test(file)) return true;
  if (explains.test(file) || besides.has(inner[0])) return false;
  const within = `${inner.join('/')}/`;
  return !(duplicates[name] ?? []).some((part) => within.startsWith(`${part}/`));
}

function splitName(path) {
  const parts = path.split('/');
  return path.startsWith('@') ? [parts.slice(0, 2).join('/'), ...parts.slice(2)] : parts;
}
