import { AuthorizationError, PermissionViolationError } from '@nats-io/transport-node';

/** Who goes on being refused tries again more often than this. */
const FRESH_MS = 30_000;

const REMEDY = 'Write its permissions with npm run nats:permissions, and have the broker read them';

/** The broker knows the service and does not let it do this; the client tells so as it is, or as a cause. */
export const isNotPermitted = (error: unknown): boolean =>
  error instanceof PermissionViolationError || (error instanceof Error && isNotPermitted(error.cause));

/** What the broker does not let this service do, for as long as it was so lately. */
export class Refusals {
  private readonly lately = new Map<string, number>();
  private lockedOut = false;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** For the people who run the shop: what is refused, and what to do. Undefined when nothing is. */
  get detail(): string | undefined {
    if (this.lockedOut) return 'the broker knows no such user, or another password: correct NATS_URL';
    const refused = [...this.lately].filter(([, at]) => this.isFresh(at)).map(([what]) => what);
    return refused.length === 0 ? undefined : `the broker does not let this service ${refused.join(', ')}. ${REMEDY}`;
  }

  /** @returns whether it is one, and news */
  note(error: Error): boolean {
    if (error instanceof AuthorizationError) return this.noteLockedOut();
    return error instanceof PermissionViolationError && this.noteNotPermitted(error);
  }

  letIn(): void {
    this.lockedOut = false;
  }

  /** It has published there: permission was given meanwhile. */
  hasPublished(subject: string): void {
    if (this.lately.size > 0) this.lately.delete(toPublish(subject));
  }

  private noteNotPermitted({ operation, subject }: PermissionViolationError): boolean {
    const what = operation === 'publish' ? toPublish(subject) : `subscribe to ${withoutChance(subject)}`;
    const isNews = !this.isFresh(this.lately.get(what));
    this.lately.set(what, this.now());
    return isNews;
  }

  private noteLockedOut(): boolean {
    const isNews = !this.lockedOut;
    this.lockedOut = true;
    return isNews;
  }

  private isFresh(at: number | undefined): boolean {
    return at !== undefined && this.now() - at < FRESH_MS;
  }
}

const toPublish = (subject: string): string => `publish ${subject}`;

/** An inbox has another name each time. */
const withoutChance = (subject: string): string => subject.replace(/^(_INBOX[^.]*\.).*/, '$1>');
