import { findContract } from '@hookshop/contracts';
import { Problem } from '@hookshop/http';
import { Controller, Get, Headers, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CalledBy, For, type Caller } from '../authentication/caller.js';
import { LiveQuery } from './live-query.js';
import { LiveStream } from './live-stream.js';
import { Documented } from '../documentation/documented.js';

@Controller('v1/events')
export class EventStreamController {
  constructor(private readonly live: LiveStream) {}

  @Get('stream')
  @For('shop')
  @Documented({
    summary: 'Watch facts as they happen',
    description: 'Server-sent events: `id` is the place in the stream, `event` the type, `data` the fact as JSON.',
    answer: { type: 'text/event-stream', schema: { type: 'string' } },
    query: LiveQuery,
    headers: [{ name: 'Last-Event-ID', description: 'Goes on after this event, without a gap.' }],
    refusals: [410, 422],
  })
  async stream(
    @Query() { orderId, type, lastEventId }: LiveQuery,
    @Headers('last-event-id') header: string | undefined,
    @Req() { method }: FastifyRequest,
    @Res() reply: FastifyReply,
    @CalledBy() { keyId }: Caller,
  ): Promise<void> {
    if (type !== undefined && findContract(type) === undefined) {
      throw new Problem(422, `There is no event type ${type}.`);
    }
    // A browser that reconnects keeps the address and adds the header: the header is the newer one.
    const place = readEventId(header || lastEventId);
    // Fastify answers HEAD by the same route; a stream would keep it waiting for its end.
    if (method === 'HEAD') return void reply.type('text/event-stream').send();
    const reader = await this.live.open(reply.raw, { orderId: orderId?.toLowerCase(), type }, place, keyId);
    reply.hijack();
    void this.live.follow(reader);
  }
}

function readEventId(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const message = 'must be the id of an event of this stream';
  throw new Problem(400, 'The request is not valid.', { errors: [{ path: 'Last-Event-ID', message }] });
}
