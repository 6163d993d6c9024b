import type { Health, Metrics } from '@hookshop/observability';
import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Asked every few seconds by whoever runs the service; not worth a line in the log. */
    health?: boolean;
  }
}

export type Phase = 'starting' | 'serving' | 'stopping';

/** `/healthz` says the process lives, `/readyz` whether it can do its work, `/metrics` how it fares. */
export function serveHealth(server: FastifyInstance, health: Health, metrics: Metrics, phase: () => Phase): void {
  metrics.gauge({
    name: 'health_check_ok',
    help: 'The checks of /readyz, required and merely shown: 1 when one is well, 0 when it is not',
    labelNames: ['check', 'required'],
    async collect() {
      const { checks } = await health.report();
      for (const [check, { ok }] of Object.entries(checks)) {
        this.set({ check, required: String(health.isRequired(check)) }, ok ? 1 : 0);
      }
    },
  });
  const options = { config: { health: true } };
  server.get('/healthz', options, (_request, reply) => reply.send({ status: 'ok' }));
  server.get('/readyz', options, async (_request, reply) => {
    const { ok, checks } = await health.report();
    const status = phase() === 'serving' ? (ok ? 'ok' : 'failing') : phase();
    return reply.code(status === 'ok' ? 200 : 503).send({ status, checks });
  });
  server.get('/metrics', options, async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
}
