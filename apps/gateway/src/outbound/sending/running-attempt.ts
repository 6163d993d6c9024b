import type { Dispatcher } from 'undici';
import type { AttemptOutcome, AttemptRequest, ErrorClass } from './attempt.js';
import { AttemptFailed } from './attempt-failed.js';
import { exchangeFailure, isClosed } from './failure-of.js';
import type { Stoppable } from './attempts-under.js';
import type { CarriedHandler, GuardedClient } from './guarded-client.js';
import type { OpeningPhases } from './open-socket.js';
import { KeptBody } from './kept-body.js';

const spared: OpeningPhases = { dns: null, connect: null, tls: null };
const cut = new AttemptFailed('connection', 'the attempt is over');

/**
 * One attempt from its start to its outcome, as undici reports on it. It settles once, by the first of: the last byte,
 * more bytes than are kept, a failure, the deadline, the end of this process. What comes afterwards is ignored.
 */
export class RunningAttempt implements CarriedHandler, Stoppable {
  readonly options: Dispatcher.DispatchOptions;
  settled = false;

  private readonly startedAt = performance.now();
  private readonly deadline: NodeJS.Timeout;
  private client: GuardedClient | null = null;
  private controller: Dispatcher.DispatchController | null = null;
  private phases: OpeningPhases = spared;
  private reused = false;
  private sentAt: number | null = null;
  private firstByteAt: number | null = null;
  private status: number | null = null;
  private headers: AttemptOutcome['responseHeaders'] = {};
  private body: KeptBody | null = null;

  constructor(
    private readonly request: AttemptRequest,
    private readonly resolve: (outcome: AttemptOutcome) => void,
    private readonly siblings?: Set<Stoppable>,
  ) {
    const { url, method, headers, body, timeoutMs } = request;
    this.options = {
      path: url.pathname + url.search,
      method,
      headers: { ...headers, 'accept-encoding': 'identity' },
      body,
    };
    this.deadline = setTimeout(expire, timeoutMs, this);
    siblings?.add(this);
  }

  /** This process ends; the attempt belongs to another one from now on. */
  stop(): void {
    this.fail(new AttemptFailed('connection', 'the sender is stopping'));
    this.cutOff();
  }

  expire(): void {
    const limit = `within ${this.request.timeoutMs / 1_000} s`;
    this.fail(new AttemptFailed('timeout', `${this.missing()} ${limit}`));
    this.cutOff();
  }

  carriedBy(client: GuardedClient): void {
    this.client = client;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Thrown, it gives up the request and leaves the connection to others.
    if (this.settled) throw cut;
    this.controller = controller;
    const opened = this.client!.connector.takePhases();
    this.reused = opened === null;
    this.phases = opened ?? spared;
    this.sentAt = performance.now();
  }

  onResponseStarted(): void {
    this.firstByteAt ??= performance.now();
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: AttemptOutcome['responseHeaders'],
  ) {
    // "Early hints" and the like: the response is still to come.
    if (status < 200 || this.settled) return;
    this.status = status;
    this.headers = headers;
    this.body = new KeptBody((headers['content-encoding'] ?? 'identity') !== 'identity');
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.settled || this.body!.take(chunk)) return;
    this.complete();
    this.cutOff();
  }

  onResponseEnd(): void {
    this.complete();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.settled) return;
    if (this.mayGoAgain(error)) return this.sendAgain();
    this.fail(exchangeFailure(error, this.firstByteAt === null ? 'sent' : 'answering'));
  }

  /**
   * Receivers close connections that idle, and a request may cross with that. Deliveries are made at least once under a
   * stable id, so what may or may not have arrived can be sent again.
   */
  private mayGoAgain(error: Error): boolean {
    return this.reused && this.firstByteAt === null && isClosed(error);
  }

  /** By the same client: its connection is gone, so it opens a new one, where others may have one that idles too. */
  private sendAgain(): void {
    // Once: the new connection is not a reused one.
    this.reused = false;
    this.controller = null;
    this.sentAt = null;
    this.client!.dispatch(this.options, this);
  }

  /** What the deadline found wanting. */
  private missing(): string {
    if (this.status !== null) return 'the response was not complete';
    if (this.controller !== null) return 'no response came';
    if (this.client !== null) return 'no connection could be opened';
    return 'no connection was free';
  }

  /** Ends the exchange and its connection, at whatever point they are. */
  private cutOff(): void {
    if (this.controller !== null) this.controller.abort(cut);
    else this.client?.connector.abandon();
  }

  private complete(): void {
    const { status } = this;
    if (status! < 300) this.settle('delivered', null);
    else if (status! < 400)
      this.settle('failed', { class: 'redirect', message: `${status}: redirects are not followed` });
    else this.settle('failed', { class: 'http-status', message: `the receiver answered ${status}` });
  }

  fail({ errorClass, message }: AttemptFailed): void {
    // It never came to a request, but perhaps a part of the way to a connection.
    if (this.controller === null) this.phases = this.client?.connector.takePhases() ?? spared;
    this.settle('failed', { class: errorClass, message });
  }

  private settle(outcome: AttemptOutcome['outcome'], error: { class: ErrorClass; message: string } | null): void {
    if (this.settled) return;
    this.settled = true;
    clearTimeout(this.deadline);
    this.siblings?.delete(this);
    const { startedAt, sentAt, firstByteAt, phases } = this;
    this.resolve({
      durationMs: {
        dns: phases.dns,
        connect: phases.connect,
        tls: phases.tls,
        firstByte: sentAt !== null && firstByteAt !== null ? firstByteAt - sentAt : null,
        total: performance.now() - startedAt,
      },
      outcome,
      status: this.status,
      responseHeaders: this.headers,
      responseBody: this.body?.text() ?? '',
      truncated: this.body?.truncated ?? false,
      error,
    });
  }
}

const expire = (attempt: RunningAttempt): void => attempt.expire();
