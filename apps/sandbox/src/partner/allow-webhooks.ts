import { Controller, Headers, HttpCode, Options, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

/** Consents to webhooks, as the CloudEvents specification of HTTP webhooks has it: anybody's, at any rate. */
@Controller('partner/webhooks')
export class AllowWebhooks {
  @Options()
  @HttpCode(200)
  allow(
    @Headers('webhook-request-origin') origin: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    void reply.header('Allow', 'OPTIONS, POST');
    if (origin !== undefined) void reply.header('WebHook-Allowed-Origin', origin).header('WebHook-Allowed-Rate', '*');
  }
}
