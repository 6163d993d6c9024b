import 'reflect-metadata';
import { InvalidEnvironment, loadConfig, ServiceConfig } from '@hookshop/config';
import { createLogger, Health, Logger, Metrics, ObservabilityModule, Tracer } from '@hookshop/observability';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestMicroservice } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { checkHeaders, createAdapter, takeJson } from './fastify-server.js';
import { serveHealth } from './health-routes.js';
import { httpLimits, type HttpLimits } from './http-limits.js';
import { KnownRoutes } from './known-routes.js';
import { migrateOnly, readToMigrate } from './migrate-only.js';
import { observeRequests } from './observe-requests.js';
import { OpenRequests } from './open-requests.js';
import { ProblemFilter, type ToProblem } from './problem.filter.js';
import { RefusalFilter } from './refusal.filter.js';
import { RequestServer } from './request-server.js';
import { demandTls } from './security-headers.js';
import { StrictValidation } from './strict-validation.js';
import { WaitingServer } from './waiting-server.js';

/** How long a stop waits for the requests it has begun. */
export const drainDeadlineMs = httpLimits.drainMs;

export interface ServiceOptions<C extends ServiceConfig> {
  /** Its name in logs and the queue group of the requests it answers. */
  service: string;
  module: (config: C) => DynamicModule | Type;
  config: new () => C;
  /** Answers requests over NATS. Default true. */
  microservice?: boolean;
  /** Whether the service is ready without the broker, when requests over NATS cannot arrive. Default true: it is not. */
  brokerRequired?: boolean;
  /** Whether what it does belongs to the traces and logs of the shop. Default true; a third party's does not. */
  isTraced?: boolean;
  /** Where it takes more or less of its callers than others do. */
  limits?: Partial<HttpLimits>;
  /** Answers for errors of the service's own; all others have theirs. */
  problems?: ToProblem;
  /** Last touches before the first request. */
  configure?: (app: NestFastifyApplication) => void | Promise<void>;
}

/** The whole life of a service's process: environment, boot, serving, and a stop that finishes what was begun. */
export async function runService<C extends ServiceConfig>(options: ServiceOptions<C>): Promise<NestFastifyApplication> {
  const config = readEnvironment(options.config);
  const log = createLogger(options.service, config);
  const dieOf = (err: unknown, what: string): never => {
    log.fatal({ err }, what);
    process.exit(1);
  };
  // A process in an unknown state must not go on taking orders; whoever started it starts it again.
  process.on('uncaughtException', (err) => dieOf(err, 'Stopped by an error nobody caught'));
  process.on('unhandledRejection', (err) => dieOf(err, 'Stopped by a rejection nobody handled'));

  if (config.migrations === 'only') {
    await migrateOnly(options, config).catch((err: unknown) => dieOf(err, 'The database cannot be migrated'));
    process.exit(0);
  }
  const app = await startService(options, config).catch((err: unknown) => dieOf(err, 'The service cannot start'));
  app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  return app;
}

/** Boots and serves with a config at hand; resolves when listening. `app.close()` stops it gracefully. */
export async function startService<C extends ServiceConfig>(
  options: ServiceOptions<C>,
  config: C,
): Promise<NestFastifyApplication> {
  const { service, problems } = options;
  const limits = { ...httpLimits, ...options.limits };
  const adapter = createAdapter(limits, config);
  const server = adapter.getInstance() as unknown as FastifyInstance;
  const routes = new KnownRoutes(server);
  const open = new OpenRequests(server);
  checkHeaders(server, limits.headers);
  demandTls(server);
  takeJson(server, limits.bodyBytes);

  class Service {}
  const waiting = config.migrations === 'skip' ? new WaitingServer(config) : undefined;
  const app = await NestFactory.create<NestFastifyApplication>(
    {
      module: Service,
      global: true,
      imports: [
        ObservabilityModule.forRoot(service, config, { isTraced: options.isTraced ?? true }),
        options.module(config),
      ],
      providers: [
        { provide: ServiceConfig, useValue: config },
        // A provider, since it is needed while others are still being made.
        {
          provide: WaitingServer,
          inject: [Health, Metrics],
          useFactory: (health: Health, metrics: Metrics) => waiting?.listen(health, metrics),
        },
      ],
      exports: [ServiceConfig],
    },
    adapter,
    { bodyParser: false, abortOnError: false, logger: createLogger(service, config) },
  ).catch(async (error: unknown) => {
    await waiting?.close();
    throw error;
  });
  const log = app.get(Logger);
  app.useLogger(log);
  const health = app.get(Health);
  observeRequests(server, log, app.get(Metrics), app.get(Tracer));
  serveHealth(server, health, app.get(Metrics), () => (open.isStopping ? 'stopping' : 'serving'));
  app.useGlobalFilters(new ProblemFilter(log, problems, (request) => routes.whenNothingMatches(request)));
  app.useGlobalPipes(new StrictValidation());
  const requests = options.microservice === false ? undefined : answerRequests(app, options, config, log);
  if (requests !== undefined) {
    health.register('requests', async () => requests.check(), { required: options.brokerRequired ?? true });
  }
  adapter.drain = async () => {
    log.info('Stopping once what was begun is answered');
    await Promise.all([open.drain(limits.drainMs), requests?.drain(limits.drainMs)]);
  };

  try {
    await options.configure?.(app);
    await app.init();
    await waiting?.close();
    await app.listen(config.port, config.host);
    await app.startAllMicroservices();
  } catch (error) {
    await app.close().catch(() => undefined);
    await waiting?.close();
    throw error;
  }
  log.info({ url: await app.getUrl() }, `${service} is listening`);
  return app;
}

function readEnvironment<C extends ServiceConfig>(type: new () => C): C {
  try {
    const { migrations } = loadConfig(ServiceConfig, process.env, ['migrations']);
    return loadConfig(type, process.env, migrations === 'only' ? readToMigrate : undefined);
  } catch (error) {
    if (!(error instanceof InvalidEnvironment)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

function answerRequests<C extends ServiceConfig>(
  app: NestFastifyApplication,
  { service, problems }: ServiceOptions<C>,
  config: C,
  log: Logger,
): RequestServer {
  const requests = new RequestServer(service, config.natsUrl, log, app.get(Tracer));
  const microservice = app.connectMicroservice(
    { strategy: requests },
    { deferInitialization: true },
  ) as unknown as NestMicroservice;
  microservice.useGlobalFilters(new RefusalFilter(log, problems));
  // What connecting without `deferInitialization` does, only after the filter: the application runs the hooks.
  microservice.registerListeners();
  microservice.setIsInitialized(true);
  microservice.setIsInitHookCalled(true);
  return requests;
}
