/** How much of a service a caller may take, and for how long. */
export interface HttpLimits {
  /** Largest body in bytes. */
  bodyBytes: number;
  /** Largest head of a request, its line and headers, in bytes. */
  headBytes: number;
  /** Most headers of a request. */
  headers: number;
  /** Time for the head of a request; also for a new connection to say anything at all. */
  headMs: number;
  /** Time for a whole request to arrive, body included. */
  requestMs: number;
  /** How long a connection may be silent while its request is answered, or its answer is not read. */
  silentMs: number;
  /** How long a connection is kept for its next request. */
  idleMs: number;
  /** How often the times of requests are looked at: each may last so much longer. */
  checkMs: number;
  /** How long a stop waits for the answers it has begun. */
  drainMs: number;
}

export const httpLimits: HttpLimits = {
  bodyBytes: 1024 * 1024,
  // Signature headers of 8 KiB reach the verifier, next to all others.
  headBytes: 32 * 1024,
  headers: 100,
  headMs: 10_000,
  requestMs: 30_000,
  // Longer than any answer takes and than the pause between two heartbeats of a stream.
  silentMs: 90_000,
  // An idle connection outlives the usual load balancer's minute.
  idleMs: 72_000,
  checkMs: 2_000,
  drainMs: 10_000,
};
