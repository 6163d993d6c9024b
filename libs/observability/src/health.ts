import type { Logger } from './logger.js';

export interface CheckResult {
  ok: boolean;
  /** For the people who run the shop; never an address or a secret: the report is public. */
  detail?: string;
}

export type Check = () => Promise<CheckResult>;

export interface HealthReport {
  ok: boolean;
  checks: Record<string, CheckResult>;
}

/** How long a check may take before it counts as failed. */
const deadlineMs = 2_000;
/** How long an answer is good for, so that probing a service never becomes load on what it depends on. */
const freshForMs = 200;

interface Registered {
  check: Check;
  required: boolean;
  running?: Promise<CheckResult>;
  last?: { result: CheckResult; at: number };
}

/** What this service depends on, and whether it answers. */
export class Health {
  private readonly checks = new Map<string, Registered>();

  constructor(private readonly log?: Pick<Logger, 'info' | 'warn'>) {}

  /** A check that is not `required` is shown in the report and does not make it fail. */
  register(name: string, check: Check, options: { required?: boolean } = {}): void {
    this.checks.set(name, { check, required: options.required ?? true });
  }

  /** Whether the report fails with this check. */
  isRequired(name: string): boolean {
    return this.checks.get(name)?.required ?? false;
  }

  async report(): Promise<HealthReport> {
    const entries = await Promise.all(
      [...this.checks].map(async ([name, registered]) => [name, registered, await this.ask(name, registered)] as const),
    );
    return {
      ok: entries.every(([, { required }, result]) => result.ok || !required),
      checks: Object.fromEntries(entries.map(([name, , result]) => [name, result])),
    };
  }

  private async ask(name: string, registered: Registered): Promise<CheckResult> {
    const { last } = registered;
    if (last !== undefined && performance.now() - last.at < freshForMs) return last.result;

    // A check that hangs is not started a second time: probes must not pile up on a dependency in trouble.
    registered.running ??= this.run(name, registered).finally(() => {
      registered.running = undefined;
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<CheckResult>((resolve) => {
      timer = setTimeout(() => {
        const result = { ok: false, detail: `no answer within ${deadlineMs / 1000} s` };
        this.remember(name, registered, result);
        resolve(result);
      }, deadlineMs);
    });
    return Promise.race([registered.running, late]).finally(() => clearTimeout(timer));
  }

  private async run(name: string, registered: Registered): Promise<CheckResult> {
    let result: CheckResult;
    let err: unknown;
    try {
      result = await registered.check();
    } catch (error) {
      err = error;
      result = { ok: false, detail: codeOf(error) };
    }
    this.remember(name, registered, result, err);
    return result;
  }

  private remember(name: string, registered: Registered, result: CheckResult, err?: unknown): void {
    const before = registered.last?.result.ok ?? true;
    registered.last = { result, at: performance.now() };
    if (before && !result.ok) this.log?.warn({ check: name, detail: result.detail, err }, `${name} is failing`);
    if (!before && result.ok) this.log?.info({ check: name }, `${name} is back`);
  }
}

/** The code or the name of an error: its message may hold addresses and goes to the log only. */
function codeOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : typeof name === 'string' ? name : 'failed';
}
