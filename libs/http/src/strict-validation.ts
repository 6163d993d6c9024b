import { ValidationPipe, type ArgumentMetadata, type ValidationError } from '@nestjs/common';
import { Problem, type FieldError } from './problem.js';

const maxErrors = 50;
const maxPathLength = 200;

/** Far beyond any legal request, and small enough that converting and checking it costs no more than a few ms. */
const maxItems = 1_000;
const maxValues = 10_000;
const maxNesting = 32;

/** Checks input against its class: unknown properties are refused, every fault is named with its path. */
export class StrictValidation extends ValidationPipe {
  constructor() {
    super({
      transform: true,
      whitelist: true,
      forbidNonWhitelisted: true,
      validationError: { target: false, value: false },
      exceptionFactory: invalidRequest,
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    // Conversion recurses and checks item by item: a megabyte of tiny lines would hold everybody up for seconds.
    if (typeof value === 'object' && value !== null) refuseBloat(value);
    return super.transform(value, metadata) as Promise<unknown>;
  }
}

export const invalidRequest = (errors: ValidationError[]): Problem =>
  new Problem(400, 'The request is not valid.', { errors: flatten(errors) });

/** One entry per fault, `lines.0.quantity`, at most 50. */
export function flatten(errors: ValidationError[], parent = '', found: FieldError[] = []): FieldError[] {
  for (const error of errors) {
    if (found.length >= maxErrors) break;
    const path = (parent === '' ? error.property : `${parent}.${error.property}`).slice(0, maxPathLength);
    for (const message of Object.values(error.constraints ?? {})) {
      if (found.length < maxErrors) found.push({ path, message: message.slice(0, 2 * maxPathLength) });
    }
    if (error.children !== undefined) flatten(error.children, path, found);
  }
  return found;
}

function refuseBloat(root: object): void {
  let values = 0;
  const visit = (value: unknown, path: string, nesting: number): void => {
    if (typeof value !== 'object' || value === null) return;
    if (nesting > maxNesting) throw bloated(path, `must not be nested more than ${maxNesting} levels deep`);
    if (Array.isArray(value) && value.length > maxItems) {
      throw bloated(path, `must contain no more than ${maxItems} elements`);
    }
    const entries = Array.isArray(value) ? value.entries() : Object.entries(value);
    for (const [key, item] of entries) {
      if (++values > maxValues) throw bloated(path, `must not hold more than ${maxValues} values in all`);
      if (typeof item === 'object' && item !== null)
        visit(item, path === '' ? `${key}` : `${path}.${key}`, nesting + 1);
    }
  };
  visit(root, '', 1);
}

const bloated = (path: string, message: string): Problem =>
  new Problem(400, 'The request is not valid.', { errors: [{ path: path.slice(0, maxPathLength), message }] });
