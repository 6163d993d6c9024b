import { Problem } from '@hookshop/http';
import type { PipeTransform } from '@nestjs/common';
import { validate as isUuid } from 'uuid';

/** An id in the address. What is not a UUID is nobody's id, so it does not exist. */
export class IdOf implements PipeTransform<string, string> {
  constructor(private readonly kind: string) {}

  transform(value: string): string {
    if (!isUuid(value)) throw new Problem(404, `There is no such ${this.kind}.`);
    return value.toLowerCase();
  }
}
