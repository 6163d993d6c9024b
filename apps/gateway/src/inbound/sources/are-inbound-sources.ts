import { ValidateBy, type ValidationArguments } from 'class-validator';
import { openSources } from './open-sources.js';

/** JSON that describes sources; names every fault of every source. */
export const AreInboundSources = (): PropertyDecorator =>
  ValidateBy({
    name: 'areInboundSources',
    validator: {
      validate: (_text, validation) => faultsIn(validation).length === 0,
      defaultMessage: (validation) => `${validation?.property} ${faultsIn(validation).join('; ')}`,
    },
  });

const faultsIn = (validation?: ValidationArguments): string[] =>
  openSources(String(validation?.value), validation?.object as { nodeEnv?: string; hookshopDemo?: boolean }).faults;
