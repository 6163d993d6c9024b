import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { problemSchema, views } from './views.js';

/** The document of the HTTP API, OpenAPI 3.1, out of the routes as they are. */
export function openApi(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Hookshop')
    .setDescription('Place orders, follow them, and see what the services behind the door do.')
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key of role shop, partner or admin.' }, 'key')
    .addSecurityRequirements('key')
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}.${method}`,
  });
  const schemas = { ...views, Problem: problemSchema } as NonNullable<OpenAPIObject['components']>['schemas'];
  return { ...document, components: { ...document.components, schemas } };
}

/** `/openapi.json` and a page to read it at `/docs`; built when somebody asks for it first. */
export function serveDocumentation(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => openApi(app), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Hookshop API',
    // Nobody outside needs to hear of our API: by default the page has it checked by a site of Swagger's.
    swaggerOptions: { persistAuthorization: true, validatorUrl: null },
  });
}
