import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ReceiveWebhooks } from './receive-webhooks.js';

/**
 * Opens `/hooks/:source` in a scope of its own, where a body of any type stays the bytes it came as: they are what is
 * signed. Every other address goes on reading JSON.
 */
export function openHooks(app: NestFastifyApplication): void {
  const webhooks = app.get(ReceiveWebhooks);
  app
    .getHttpAdapter()
    .getInstance()
    .register((scope, _options, done) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => parsed(null, body));
      scope.addHook('onRequest', (request, _reply, admitted) => {
        // Fastify refuses a type that is malformed; here nobody goes by it.
        delete request.raw.headers['content-type'];
        admitted(webhooks.refuseUnread(request));
      });
      scope.post('/hooks/:source', (request, reply) => webhooks.receive(request, reply));
      done();
    });
}
