import { ValidationPipe, type ArgumentMetadata, type Type, type ValidationError } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validate } from 'class-validator';
import { refuseBloat } from './refuse-bloat.js';
import { Problem, type FieldError } from './problem.js';

const maxErrors = 50;
const maxPathLength = 200;
const maxMessageLength = 400;

const options = {
  whitelist: true,
  forbidNonWhitelisted: true,
  forbidUnknownValues: false,
  validationError: { target: false, value: false },
};

/** Checks input against its class: unknown properties are refused, every fault is named with its path. */
export class StrictValidation extends ValidationPipe {
  constructor() {
    super({ transform: true, ...options });
  }

  /**
   * Nest's own way through class-transformer and class-validator guards against what arrives over sockets; JSON and
   * query strings need less, and the shorter way takes two thirds of the time.
   */
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.metatype === undefined || !this.toValidate(metadata)) {
      return super.transform(value, metadata) as Promise<unknown>;
    }
    const input: unknown = value ?? {};
    if (typeof input !== 'object' || input === null || Array.isArray(input)) {
      throw invalid([{ path: '', message: 'must be an object' }]);
    }
    const bloat = refuseBloat(input);
    if (bloat !== undefined) throw invalid([bloat]);

    const checked: object = plainToInstance(metadata.metatype as Type<object>, input);
    const errors = await validate(checked, options);
    if (errors.length > 0) throw invalid(flatten(errors));
    return checked;
  }
}

const invalid = (errors: FieldError[]): Problem =>
  new Problem(400, 'The request is not valid.', {
    errors: errors.map(({ path, message }) => ({
      path: path.slice(0, maxPathLength),
      message: message.slice(0, maxMessageLength),
    })),
  });

/** One entry per fault, `lines.0.quantity`, at most 50. */
export function flatten(errors: ValidationError[], parent = '', found: FieldError[] = []): FieldError[] {
  for (const { property, constraints, children } of errors) {
    const path = parent === '' ? property : `${parent}.${property}`;
    for (const message of Object.values(constraints ?? {})) {
      if (found.length === maxErrors) return found;
      found.push({ path, message });
    }
    if (children !== undefined) flatten(children, path, found);
  }
  return found;
}
