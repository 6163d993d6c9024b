import { githubScheme, shopifyScheme, standardScheme, stripeScheme, type SignatureScheme } from '@hookshop/webhooks';

/** Schemes that need nothing but secrets, by the names that configuration has for them. */
export const presets = {
  standard: standardScheme,
  stripe: stripeScheme,
  github: githubScheme,
  shopify: shopifyScheme,
} satisfies Record<string, (secrets: readonly string[]) => SignatureScheme>;

export type Preset = keyof typeof presets;
