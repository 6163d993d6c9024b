import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';

export interface FieldError {
  /** Where in the request, `lines.0.quantity`. */
  path: string;
  message: string;
}

/** RFC 9457 problem details. */
export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail: string;
  /** Identifies this occurrence; people quote it, the log has it. */
  instance?: string;
  errors?: FieldError[];
}

export interface ProblemOptions {
  /** Names the kind of problem; without it the title is the status phrase. */
  title?: string;
  /** Default: `about:blank`, or `/problems/<title in kebab case>` where a title is given. */
  type?: string;
  instance?: string;
  errors?: FieldError[];
  headers?: Record<string, string>;
}

/** An answer that says what went wrong, as `application/problem+json`. */
export class Problem extends HttpException {
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, detail: string, more: ProblemOptions = {}) {
    super(bodyOf(status, detail, more), status);
    this.message = detail;
    this.headers = more.headers ?? {};
  }

  get body(): ProblemBody {
    return this.getResponse() as ProblemBody;
  }
}

function bodyOf(status: number, detail: string, { title, type, instance, errors }: ProblemOptions): ProblemBody {
  return {
    type: type ?? (title === undefined ? 'about:blank' : `/problems/${kebab(title)}`),
    title: title ?? STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    ...(instance === undefined ? {} : { instance }),
    ...(errors === undefined ? {} : { errors }),
  };
}

const kebab = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
