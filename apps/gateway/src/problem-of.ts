import { Problem, type ToProblem } from '@hookshop/http';
import { NoAnswer, RequestRefused, ServiceUnreachable } from '@hookshop/messaging';

const retrySoon = { 'Retry-After': '2' };

/** What the services behind the door said, in the words of the door. */
export const problemOf: ToProblem = (error) => {
  if (error instanceof RequestRefused) {
    const { status, detail, title, errors } = error.refusal;
    const headers = status === 503 ? retrySoon : {};
    return new Problem(status, detail, { title, errors, headers });
  }
  if (error instanceof ServiceUnreachable) {
    return new Problem(503, 'The service in charge is away. Nothing was done; try again shortly.', {
      headers: retrySoon,
    });
  }
  if (error instanceof NoAnswer) return new Problem(504, 'The service in charge did not answer in time; ask again.');
  return undefined;
};

/** True when something was asked for, and nobody knows whether it was done. */
export const isOutcomeUnknown = (error: unknown): boolean =>
  error instanceof NoAnswer || (error instanceof RequestRefused && error.refusal.status === 504);

/** For requests that change something: an unknown outcome says how to find it out. */
export const knowing =
  (howToFindOut: string) =>
  (error: unknown): never => {
    if (!isOutcomeUnknown(error)) throw error;
    throw new Problem(504, `There was no answer in time: it may be done or not. ${howToFindOut}`);
  };
