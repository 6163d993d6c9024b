export type ErrorClass =
  'timeout' | 'connection' | 'tls' | 'dns' | 'blocked-address' | 'redirect' | 'response-too-large' | 'http-status';

/** Milliseconds; null: the attempt did not complete that phase, or a connection that was open already spared it. */
export interface Durations {
  dns: number | null;
  connect: number | null;
  tls: number | null;
  /** From sending the request to the first byte of the response. */
  firstByte: number | null;
  /** From the start to the last byte of the response, or to the failure. */
  total: number;
}

/** One HTTP request to be sent, exactly as it goes out. */
export interface AttemptRequest {
  method: 'POST' | 'OPTIONS';
  url: URL;
  headers: Record<string, string>;
  /** UTF-8 text; the very bytes that were signed. */
  body?: string;
  /** For the whole attempt, name lookup to last byte of the response. */
  timeoutMs: number;
}

/** What came of it. A failure is an outcome, not an exception. */
export interface AttemptOutcome {
  durationMs: Durations;
  outcome: 'delivered' | 'failed';
  /** HTTP status, null when there was no response. */
  status: number | null;
  responseHeaders: Record<string, string | string[]>;
  /** At most 16 KiB, decoded as UTF-8, without NUL. Empty when the receiver compressed it in spite of being asked not to. */
  responseBody: string;
  /** There was more than is kept. */
  truncated: boolean;
  error: null | { class: ErrorClass; message: string };
}
