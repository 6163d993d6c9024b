import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePortBase } from '../infrastructure/ports.mjs';
import { createShop } from '../shop/shop.mjs';

/**
 * One shop for all end-to-end specs, as `npm start` runs it. They find its description (see shop.d.mts) as JSON in
 * HOOKSHOP_E2E. HOOKSHOP_E2E_DATA keeps its data and logs in that folder afterwards.
 */
export default async function setUp() {
  const dataDir = process.env.HOOKSHOP_E2E_DATA ?? (await mkdtemp(join(tmpdir(), 'hookshop-e2e-')));
  const shop = createShop({ portBase: await freePortBase(), dataDir, fsync: false });
  globalThis.hookshopE2eShop = shop;
  await shop.start();
  process.env.HOOKSHOP_E2E = JSON.stringify(shop.description());
}
