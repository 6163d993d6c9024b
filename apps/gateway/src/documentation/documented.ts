import { schemaOf, type EventClass, type JsonSchema } from '@hookshop/contracts';
import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiQuery, ApiResponse } from '@nestjs/swagger';
import type { ViewName } from './views.js';

/** What a refusal means, whichever route says it. */
const problems = {
  400: 'The request is malformed; `errors` names every fault.',
  401: 'The API key is missing or unknown.',
  403: 'The API key has another role.',
  404: 'There is no such thing, or nobody may know of it.',
  409: 'The state of things forbids it.',
  410: 'Facts after this place are not kept any more.',
  413: 'The body is larger than 1 MiB.',
  422: 'Well-formed, but unacceptable.',
  429: 'The API key has asked too often; try again after `Retry-After`.',
  503: 'Something this needs is away and nothing was done; try again after `Retry-After`.',
  504: 'There was no answer in time: it may be done or not. The detail says how to find out.',
};
type ProblemStatus = keyof typeof problems;

export interface RouteDocumentation {
  summary: string;
  description?: string;
  /** Status of success. */
  status?: number;
  /** What it answers: one thing, a page of them, a schema of its own, or nothing. */
  answer?: ViewName | { pageOf: ViewName } | { schema: JsonSchema; type: string };
  /** Classes that check what is sent; the document is derived from them. */
  body?: new () => object;
  query?: new () => object;
  headers?: { name: string; description: string }[];
  /** Refusals besides those that every route may give. */
  refusals?: ProblemStatus[];
}

/** Describes a route for /openapi.json. */
export function Documented(route: RouteDocumentation): MethodDecorator {
  const { summary, description, body, query, headers = [] } = route;
  return applyDecorators(
    ApiOperation({ summary, ...(description === undefined ? {} : { description }) }),
    answerOf(route),
    ...(body === undefined ? [] : [ApiBody({ schema: { ...schema(body), additionalProperties: false } })]),
    ...(query === undefined ? [] : parametersOf(query)),
    ...headers.map((header) => ApiHeader({ ...header, required: false, schema: { type: 'string' } })),
    ...refusalsOf(route).map((status) => problem(status)),
  );
}

function answerOf({ status = 200, answer, summary }: RouteDocumentation): MethodDecorator {
  if (answer === undefined) return ApiResponse({ status, description: summary });
  const [type, content] =
    typeof answer === 'object' && 'schema' in answer ? [answer.type, answer.schema] : json(answer);
  return ApiResponse({ status, description: summary, content: { [type]: { schema: content } } });
}

const json = (answer: ViewName | { pageOf: ViewName }): [string, JsonSchema] => [
  'application/json',
  typeof answer === 'string' ? reference(answer) : pageOf(reference(answer.pageOf)),
];

const pageOf = (items: JsonSchema): JsonSchema => ({
  type: 'object',
  properties: { data: { type: 'array', items }, nextCursor: { type: ['string', 'null'] } },
  required: ['data', 'nextCursor'],
});

export const reference = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

const schema = (type: new () => object): JsonSchema => schemaOf(type as EventClass);

function parametersOf(query: new () => object): MethodDecorator[] {
  const properties = schema(query)['properties'] as Record<string, JsonSchema>;
  return Object.entries(properties).map(([name, property]) =>
    ApiQuery({ name, required: false, schema: name === 'limit' ? { ...property, default: 20 } : property }),
  );
}

const refusalsOf = ({ body, query, refusals = [] }: RouteDocumentation): ProblemStatus[] => [
  ...new Set<ProblemStatus>([
    401,
    403,
    429,
    503,
    ...(body || query ? ([400] as const) : []),
    ...(body ? ([413] as const) : []),
    ...refusals,
  ]),
];

const problem = (status: ProblemStatus): MethodDecorator =>
  ApiResponse({
    status,
    description: problems[status],
    content: { 'application/problem+json': { schema: reference('Problem') } },
  });
