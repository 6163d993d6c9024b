import { freePortBase } from '../infrastructure/ports.mjs';
import { createShop } from '../shop/shop.mjs';
import { scratchFolder } from './scratch-folder.mjs';

/**
 * One shop for all end-to-end specs, as `npm start` runs it. They find its description (see shop.d.mts) as JSON in
 * HOOKSHOP_E2E. HOOKSHOP_E2E_DATA keeps its data and logs in that folder afterwards.
 */
export default async function setUp() {
  const dataDir = process.env.HOOKSHOP_E2E_DATA ?? scratchFolder().folder;
  const shop = createShop({ portBase: await freePortBase(), dataDir, fsync: false });
  globalThis.hookshopE2eShop = shop;
  await shop.start();
  process.env.HOOKSHOP_E2E = JSON.stringify(shop.description());
}
