import { fastify, type FastifyInstance } from 'fastify';
import { KnownRoutes } from './known-routes.js';

describe('KnownRoutes', () => {
  let server: FastifyInstance;
  beforeEach(() => {
    server = fastify();
    const routes = new KnownRoutes(server);
    server.get('/orders/:id', () => 'ok');
    server.post('/orders', () => 'ok');
    server.get('/docs/*', () => 'ok');
    server.setNotFoundHandler((request, reply) => {
      const problem = routes.whenNothingMatches(request);
      return reply.code(problem.getStatus()).headers(problem.headers).send(problem.body);
    });
  });
  afterEach(() => server.close());

  it.each([
    ['DELETE', '/orders/o-1', 405, 'GET, HEAD'],
    ['GET', '/orders?limit=5', 405, 'POST'],
    ['PUT', '/docs/a/b', 405, 'GET, HEAD'],
    ['GET', '/orders/o-1/lines', 404, undefined],
    ['GET', '/order', 404, undefined],
    ['POST', '/', 404, undefined],
  ] as const)('answers %s %s with %s', async (method, url, status, allow) => {
    const response = await server.inject({ method, url });

    expect(response.statusCode).toBe(status);
    expect(response.headers.allow).toBe(allow);
  });
});
