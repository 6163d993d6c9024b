import type { ServiceConfig } from '@hookshop/config';
import type { Health, Metrics } from '@hookshop/observability';
import type { FastifyInstance } from 'fastify';
import { createAdapter } from './fastify-server.js';
import { serveHealth } from './health-routes.js';
import { httpLimits } from './http-limits.js';
import { Problem } from './problem.js';
import { sendProblem } from './problem.filter.js';

/** Answers at a service's address as long as it cannot: its process lives, is not ready, and says what it waits for. */
export class WaitingServer {
  private readonly server: FastifyInstance;

  constructor(private readonly config: ServiceConfig) {
    this.server = createAdapter(httpLimits, config).getInstance() as unknown as FastifyInstance;
  }

  async listen(health: Health, metrics: Metrics): Promise<this> {
    this.server.addHook('onRequest', (request, reply, done) => {
      // The service itself will answer the next request; this server will be gone.
      reply.header('Connection', 'close');
      if (request.is404) sendProblem(reply, starting());
      else done();
    });
    serveHealth(this.server, health, metrics, () => 'starting');
    await this.server.listen({ port: this.config.port, host: this.config.host });
    return this;
  }

  async close(): Promise<void> {
    await this.server.close();
  }
}

const starting = (): Problem =>
  new Problem(503, 'This service is starting. Try again shortly.', { headers: { 'Retry-After': '2' } });
