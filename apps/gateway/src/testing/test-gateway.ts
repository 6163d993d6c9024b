import { startService } from '@hookshop/http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { gateway } from '../gateway.js';
import { GatewayConfig } from '../gateway.config.js';
import type { Role } from '../authentication/caller.js';
import { DEMO_SEALING_KEY } from '../outbound/sealing/is-sealing-keys.js';

export const keys: Record<Role, string> = {
  shop: 'sk_shop_of_the_specs',
  partner: 'sk_partner_of_the_specs',
  admin: 'sk_admin_of_the_specs',
};

export interface Call {
  /** Whose key is sent; null sends none. */
  as?: Role | null;
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface TestGateway {
  app: NestFastifyApplication;
  url: string;
  /** Every route that is served. */
  routes: { method: string; path: string }[];
  fetch(path: string, call?: Call): Promise<Response>;
  stop(): Promise<void>;
}

type Settings = Partial<GatewayConfig> & Pick<GatewayConfig, 'natsUrl' | 'databaseUrl'>;

const testConfig = (settings: Settings): GatewayConfig =>
  Object.assign(new GatewayConfig(), {
    port: 0,
    logLevel: 'silent',
    nodeEnv: 'test',
    shopApiKey: keys.shop,
    partnerApiKey: keys.partner,
    adminApiKey: keys.admin,
    webhookSealingKeys: [DEMO_SEALING_KEY],
    ...settings,
  });

/** The gateway as it runs, on a free port, with keys that specs know. */
export async function startGateway(settings: Settings): Promise<TestGateway> {
  const routes: TestGateway['routes'] = [];
  const watched: typeof gateway = {
    ...gateway,
    configure(starting) {
      const server = starting.getHttpAdapter().getInstance() as unknown as FastifyInstance;
      server.addHook('onRoute', ({ method, url: path }) => {
        for (const one of [method].flat()) if (one !== 'HEAD') routes.push({ method: one, path });
      });
      return gateway.configure?.(starting);
    },
  };
  const app = await startService(watched, testConfig(settings));
  const url = await app.getUrl();
  return {
    app,
    url,
    routes,
    fetch: (path, { as = 'shop', method, body, headers = {} } = {}) =>
      fetch(url + path, {
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        headers: {
          ...(as === null ? {} : { authorization: `Bearer ${keys[as]}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
      }),
    stop: () => app.close(),
  };
}
