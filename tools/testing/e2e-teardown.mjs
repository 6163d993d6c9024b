export default async function tearDown() {
  const shop = globalThis.hookshopE2eShop;
  await shop?.stop();
  if (!process.env.HOOKSHOP_E2E_DATA) await shop?.remove();
}
