import type { Pool } from 'undici';

/** What came of an attempt; `error` is null when it was delivered. */
export interface PostOutcome {
  answered: boolean;
  error: string | null;
}

/** Tries once, for `deadlineMs` at most. Whatever happens is an outcome: this never rejects. Follows no redirect. */
export async function postWebhook(
  pool: Pool,
  path: string,
  headers: Record<string, string>,
  body: string,
  deadlineMs: number,
): Promise<PostOutcome> {
  const signal = AbortSignal.timeout(deadlineMs);
  try {
    const response = await pool.request({ method: 'POST', path, headers, body, signal });
    // The status says it all; what is left of the answer only keeps the connection usable.
    await response.body.dump().catch(() => undefined);
    const { statusCode } = response;
    const delivered = statusCode >= 200 && statusCode < 300;
    return { answered: true, error: delivered ? null : `The shop answered ${statusCode}` };
  } catch (error) {
    if (signal.aborted) return { answered: false, error: `The shop did not answer within ${deadlineMs / 1000} s` };
    const { code, name } = error as NodeJS.ErrnoException;
    return { answered: false, error: `The shop could not be reached: ${code ?? name}` };
  }
}
