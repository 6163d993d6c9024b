import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from './problem.js';

/** Tells an address nobody serves (404) from one that is served, only not with this method (405). */
export class KnownRoutes {
  private readonly routes = new Map<string, { path: RegExp; methods: Set<string> }>();

  constructor(server: FastifyInstance) {
    server.addHook('onRoute', ({ url, method }) => {
      const known = this.routes.get(url) ?? { path: pattern(url), methods: new Set() };
      for (const one of [method].flat()) known.methods.add(one);
      this.routes.set(url, known);
    });
  }

  whenNothingMatches(request: FastifyRequest): Problem {
    const path = request.url.split('?', 1)[0] ?? '';
    const allowed = new Set<string>();
    for (const route of this.routes.values()) {
      if (route.path.test(path)) for (const method of route.methods) allowed.add(method);
    }
    if (allowed.size === 0) return new Problem(404, 'There is nothing at this address.');
    const list = [...allowed].sort().join(', ');
    return new Problem(405, `This address takes ${list}.`, { headers: { Allow: list } });
  }
}

const pattern = (url: string): RegExp => {
  const segments = url.split('/').map((segment) => {
    if (segment === '*') return '.*';
    return segment.startsWith(':') ? '[^/]+' : segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${segments.join('/')}$`);
};
