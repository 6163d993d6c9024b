export default async function tearDown() {
  await globalThis.hookshopTestPostgres?.remove();
}
