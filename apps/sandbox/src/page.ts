import { Problem } from '@hookshop/http';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

/** `?limit=&cursor=` of every list. */
export class PageQuery {
  @IsOptional() @Type(() => Number) @IsInt() @Min(1) @Max(100) readonly limit: number = 20;
  @IsOptional() @IsString() @MaxLength(200) readonly cursor?: string;
}

export interface Page<T> {
  data: T[];
  nextCursor: string | null;
}

/** `rows` holds one more than `limit` when there are more; the last one shown is where the next page begins. */
export function toPage<T extends { id: string }>(rows: T[], limit: number): Page<T> {
  const data = rows.slice(0, limit);
  return { data, nextCursor: rows.length > limit ? data.at(-1)!.id : null };
}

export const badCursor = (): Problem =>
  new Problem(400, 'The request is not valid.', {
    errors: [{ path: 'cursor', message: 'cursor must be the nextCursor of the page before' }],
  });
