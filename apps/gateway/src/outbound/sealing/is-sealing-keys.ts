import { ValidateBy, type ValidationArguments } from 'class-validator';
import type { GatewayConfig } from '../../gateway.config.js';

/** Everybody knows it: for demos, whose secrets protect nothing. */
export const DEMO_SEALING_KEY = Buffer.from('hookshop demo sealing key public').toString('base64');

const makeOne = 'make one with `openssl rand -base64 32`';

const isSealingKey = (key: unknown): boolean => {
  const bytes = Buffer.from(String(key), 'base64');
  return bytes.length === 32 && bytes.toString('base64') === key;
};

/** What is wrong with the keys; never the keys. */
function faultOf(keys: unknown, { nodeEnv, hookshopDemo }: GatewayConfig): string | undefined {
  if (!Array.isArray(keys) || keys.length === 0) return `must hold at least one key; ${makeOne}`;

  const wrong = keys.findIndex((key) => !isSealingKey(key));
  if (wrong >= 0) {
    return `must be keys of exactly 32 bytes in base64, comma-separated; number ${wrong + 1} is not; ${makeOne}`;
  }
  if (nodeEnv === 'production' && !hookshopDemo && keys.includes(DEMO_SEALING_KEY)) {
    return `must not hold the demo key in production; ${makeOne}, or set HOOKSHOP_DEMO=true`;
  }
  return undefined;
}

const faultIn = (validation?: ValidationArguments): string | undefined =>
  faultOf(validation?.value, validation?.object as GatewayConfig);

export const AreSealingKeys = (): PropertyDecorator =>
  ValidateBy({
    name: 'areSealingKeys',
    validator: {
      validate: (_keys, validation) => faultIn(validation) === undefined,
      defaultMessage: (validation) => `${validation?.property} ${faultIn(validation)}`,
    },
  });
