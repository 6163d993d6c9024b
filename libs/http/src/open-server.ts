import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import type { HttpLimits } from './http-limits.js';
import { securityHeaders, setSecurityHeaders } from './security-headers.js';
import { refused } from './to-problem.js';

/** How often connections that only idle are given up for others, at most. */
const msBetweenEvictions = 1_000;

/** What was asked last on a connection, and its answer. */
interface Exchange {
  request: IncomingMessage;
  answer: ServerResponse;
}

/** Node's server, with limits to what a caller may hold: slow senders, silent ones, and connections without end. */
export function openServer(handle: RequestListener, limits: HttpLimits, maxConnections: number): Server {
  const exchanges = new WeakMap<Socket, Exchange>();
  const server = createServer(
    {
      // Node's own refusal has none of our headers; `checkHeaders` refuses in its place.
      requireHostHeader: false,
      maxHeaderSize: limits.headBytes,
      headersTimeout: limits.headMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.idleMs,
      connectionsCheckingInterval: limits.checkMs,
    },
    (request, answer) => {
      exchanges.set(request.socket, { request, answer });
      setSecurityHeaders(answer);
      handle(request, answer);
    },
  );
  server.setTimeout(limits.silentMs);
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (isTaken(exchanges.get(socket))) socket.destroy();
    else answerUnreadable(error, socket);
  });
  // An expectation that is not `100-continue`, which nobody here knows how to meet.
  server.on('checkExpectation', (_request: IncomingMessage, answer: ServerResponse) => {
    const { headers, text } = refusal(417);
    answer.writeHead(417, headers).end(text);
  });
  server.maxConnections = maxConnections;
  makeRoom(server);
  return server;
}

/** When there is no room for one more, those go that are kept for requests that may never come. */
function makeRoom(server: Server): void {
  let madeAt = -Infinity;
  server.on('drop', () => {
    const now = performance.now();
    if (now - madeAt < msBetweenEvictions) return;
    madeAt = now;
    server.closeIdleConnections();
  });
}

/**
 * Whether one more answer would be read as part of another, or as the one to the next request: of what is answered
 * already though it never came to its end, and of what is still being answered when something unreadable follows it.
 */
const isTaken = (last: Exchange | undefined): boolean =>
  last !== undefined && (last.request.complete ? !last.answer.writableFinished : last.answer.headersSent);

/** What is not HTTP, or has headers without end, gets its answer before there is a request to speak of. */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  // Who never said anything expects no answer, and might take it for the one to a request it is about to send.
  if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesRead === 0) {
    socket.destroy();
    return;
  }
  const status = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }[error.code ?? ''] ?? 400;
  const { headers, text } = refusal(status);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', text].join('\r\n'));
}

function refusal(status: number): { headers: Record<string, string | number>; text: string } {
  const text = JSON.stringify(refused(status).body);
  const headers = {
    ...securityHeaders,
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(text),
    Connection: 'close',
  };
  return { headers, text };
}
