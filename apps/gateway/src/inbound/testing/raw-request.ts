import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';

export interface RawRequest {
  method?: string;
  /** Sent as they are, one after another, a name twice if it is there twice. */
  headers?: readonly (readonly [name: string, value: string])[];
  /** Several are sent as chunks of a body whose length is not told. null: it is announced by the headers and never comes. */
  body?: string | Buffer | readonly (string | Buffer)[] | null;
}

export interface RawAnswer {
  status: number;
  /** As they came, without the time. */
  headers: string[];
  body: string;
}

/**
 * A request that `fetch` would not send.
 *
 * @throws Error when nobody answers within 10 s
 */
export async function ask(url: string, { method = 'POST', headers = [], body = '' }: RawRequest): Promise<RawAnswer> {
  const isWhole = typeof body === 'string' || Buffer.isBuffer(body);
  const length = isWhole ? [['Content-Length', String(Buffer.byteLength(body))]] : [];
  const request = httpRequest(url, {
    method,
    agent: false,
    headers: [['Host', new URL(url).host], ['Connection', 'close'], ...length, ...headers].flat(),
  });
  // Whoever refuses a body may close the connection in the middle of it.
  request.on('error', () => undefined);
  request.setTimeout(10_000, () => request.destroy(new Error('There was no answer within 10 s')));
  const answered = once(request, 'response') as Promise<[IncomingMessage]>;
  if (body === null) request.flushHeaders();
  else if (isWhole) request.end(body);
  else {
    for (const chunk of body) request.write(chunk);
    request.end();
  }
  const [response] = await answered;
  const answer = {
    status: response.statusCode!,
    headers: withoutDate(response.rawHeaders),
    body: await text(response),
  };
  request.destroy();
  return answer;
}

function withoutDate(rawHeaders: readonly string[]): string[] {
  const lines = rawHeaders.flatMap((name, index) => (index % 2 ? [] : [`${name}: ${rawHeaders[index + 1]}`]));
  return lines.filter((line) => !/^date:/i.test(line));
}
