import { InvalidSecret } from '@hookshop/webhooks';
import { ValidateBy, type ValidationArguments } from 'class-validator';
import { presets, type Preset } from './schemes.js';

export interface Environment {
  nodeEnv?: string;
  hookshopDemo?: boolean;
}

/** The secrets that the documentation prints: everybody can sign with them. */
const demoSecrets: ReadonlySet<unknown> = new Set([
  'whsec_demo_stripe',
  'whsec_aG9va3Nob3AtZGVtby1jYXJyaWVyLXNlY3JldA==',
  'demo_esign_secret',
]);

/** What is wrong with secrets; never the secrets. */
export function faultOfSecrets(secrets: readonly string[], environment: Environment): string | undefined {
  const inProduction = environment.nodeEnv === 'production' && environment.hookshopDemo !== true;
  if (inProduction && secrets.some((secret) => demoSecrets.has(secret))) {
    return 'must not hold the demo secret in production; take the one that the sender shows, or set HOOKSHOP_DEMO=true';
  }
  return undefined;
}

/** Secrets of a scheme, or none. */
export const AreSecrets = (preset: Preset): PropertyDecorator =>
  ValidateBy({
    name: 'areSecrets',
    validator: {
      validate: (_secrets, validation) => faultIn(preset, validation) === undefined,
      defaultMessage: (validation) => `${validation?.property} ${faultIn(preset, validation)}`,
    },
  });

function faultIn(preset: Preset, validation?: ValidationArguments): string | undefined {
  const secrets: unknown = validation?.value;
  if (!Array.isArray(secrets) || secrets.length === 0) return undefined;
  try {
    presets[preset](secrets as string[]);
  } catch (error) {
    if (!(error instanceof InvalidSecret)) throw error;
    return `is no secret of its sender: ${error.message}`;
  }
  return faultOfSecrets(secrets as string[], validation?.object as Environment);
}
