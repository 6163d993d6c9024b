import 'reflect-metadata';
import { EventContract, IsId, IsWhole } from '@hookshop/contracts';
import { ObservabilityModule } from '@hookshop/observability';
import { Database, PersistenceModule } from '@hookshop/persistence';
import { type INestApplicationContext, Module, type Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagingModule } from '../messaging.module.js';
import type { MessagingOptions } from '../messaging.options.js';
import { messagingMigrations } from '../migrations/index.js';

/** A fact of no business, for the specs of messaging itself. */
@EventContract('sample.noted', 1, { description: 'A spec noted a number.', audience: 'internal' })
export class SampleNoted {
  @IsId() readonly sampleId: string;
  @IsWhole(0) readonly number: number;
}

@EventContract('sample.answered', 1, { description: 'A reaction answered a number.', audience: 'internal' })
export class SampleAnswered {
  @IsId() readonly sampleId: string;
  @IsWhole(0) readonly number: number;
}

@EventContract('sample.answered', 2, { description: 'A reaction answered a number, in words.', audience: 'internal' })
export class SampleAnsweredV2 {
  @IsId() readonly sampleId: string;
  @IsWhole(0) readonly count: number;
}

export interface TestService {
  app: INestApplicationContext;
  database: Database;
  stop(): Promise<void>;
}

/** A service with its own database, the broker and the reactions under test. */
export async function startTestService(
  options: Partial<MessagingOptions> & { service?: string; natsUrl: string; databaseUrl: string },
  providers: Provider[],
): Promise<TestService> {
  const { databaseUrl, service = 'sampler', ...messaging } = options;
  @Module({
    imports: [
      ObservabilityModule.forRoot(service, { logLevel: 'fatal', nodeEnv: 'test' }),
      PersistenceModule.forRoot({ url: databaseUrl, entities: [], migrations: messagingMigrations }),
      MessagingModule.forRoot({ service, leftBehindMs: 200, ...messaging }),
    ],
    providers,
  })
  class SampleModule {}
  const app = await NestFactory.createApplicationContext(SampleModule, { logger: false, abortOnError: false });
  return { app, database: app.get(Database), stop: () => app.close() };
}
