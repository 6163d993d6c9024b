import { resolve } from 'node:path';
import { CannotStart } from './infrastructure/cannot-start.mjs';
import { portBaseFrom } from './infrastructure/ports.mjs';
import { until } from './infrastructure/until.mjs';
import { build } from './workspace/build.mjs';
import { installPackages } from './workspace/packages.mjs';
import { root } from './workspace/root.mjs';

const SALE_MS = 60_000;
const PARTNER_MS = 10_000;

const log = (text) => console.log(text.replace(/^/gm, '  '));
/** npm's own variables are none of the services' business. */
const given = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_|^INIT_CWD$/.test(name)));

let shop;
let endSupervision = () => {};
let stopping = false;

async function open() {
  const portBase = portBaseFrom(given);
  installPackages(log);
  log('building');
  await build();
  // What follows needs the packages.
  const [{ createShop }, { supervise }, { welcome }] = await Promise.all(
    ['./shop/shop.mjs', './shop/supervise.mjs', './shop/welcome.mjs'].map((module) => import(module)),
  );
  if (stopping) return;
  shop = createShop({ portBase, dataDir: resolve(root, given.HOOKSHOP_DATA || '.data'), env: given, log });
  await shop.start();
  endSupervision = supervise(shop, log);
  await sells(shop);
  await listens(shop);
  console.log(welcome(shop.description(), given));
}

/** The shop is open when its door lists what can be bought. */
async function sells({ url, keys }) {
  let answer = 'no answer';
  const listed = await until(
    async () => {
      try {
        const response = await fetch(`${url('gateway')}/v1/products?limit=100`, {
          headers: { authorization: `Bearer ${keys.shop}` },
          signal: AbortSignal.timeout(5_000),
        });
        answer = `${response.status} ${await response.text()}`;
        return response.ok && JSON.parse(answer.slice(4)).data.some(({ sku }) => sku === 'KEYB-01');
      } catch (error) {
        answer = error.cause?.code ?? error.message;
        return false;
      }
    },
    { timeoutMs: SALE_MS, everyMs: 250 },
  );
  if (listed || stopping) return;
  throw new CannotStart(
    `Every service is ready, but ${url('gateway')}/v1/products does not list KEYB-01: ${answer.slice(0, 500)}\n` +
      'The logs of gateway and inventory in the data folder tell more.',
  );
}

/** The sandbox's partner registers itself at the door, so that the first order already shows a delivery. */
async function listens({ url }) {
  const registered = await until(
    async () => {
      const answer = await fetch(`${url('sandbox')}/readyz`, { signal: AbortSignal.timeout(5_000) }).catch(
        () => undefined,
      );
      const { checks } = (await answer?.json()) ?? {};
      return checks !== undefined && (checks.partner === undefined || checks.partner.ok);
    },
    { timeoutMs: PARTNER_MS, everyMs: 100 },
  );
  if (!registered && !stopping) log("the sandbox's partner is not registered yet; its log tells why");
}

async function close() {
  // Who asks twice does not want to wait; what is left is killed as soon as we are gone.
  if (stopping) process.exit(130);
  stopping = true;
  endSupervision();
  console.log('\n  stopping');
  await shop?.stop();
  console.log('  stopped');
  process.exit(0);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void close());

try {
  await open();
} catch (error) {
  if (!stopping) {
    console.error(error instanceof CannotStart ? `\n${error.message}` : error);
    await shop?.stop();
    process.exit(1);
  }
}
