import { findServices } from '../tools/shop/services.mjs';
import { root } from '../tools/workspace/root.mjs';

const found = findServices(root);

/** Every service of the shop by name, one that was generated a moment ago included. */
export const services = found.map(({ name }) => name);

/** Those that react to facts: all but the third parties. */
export const reactingServices = found.filter(({ usesBroker }) => usesBroker).map(({ name }) => name);
