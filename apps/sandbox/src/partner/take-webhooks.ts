import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ReceiveWebhooks } from './receive-webhooks.js';

/**
 * Opens the partner's door in a scope of its own, where a body stays the bytes it came as: they are what is signed.
 * Every other address goes on reading JSON.
 */
export function takeWebhooks(app: NestFastifyApplication): void {
  const webhooks = app.get(ReceiveWebhooks);
  app
    .getHttpAdapter()
    .getInstance()
    .register((scope, _options, done) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser(
        ['application/json', 'application/cloudevents+json'],
        { parseAs: 'buffer' },
        (_request, body, parsed) => parsed(null, body),
      );
      scope.post('/partner/webhooks', (request, reply) => webhooks.receive(request, reply));
      done();
    });
}
