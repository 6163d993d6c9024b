import type { DestinationStream } from 'pino';
import { currentTrace } from '../trace-context.js';

/** A line as stdout has it, secrets hidden, and the span in which it was written. */
export interface LogLine {
  json: string;
  traceparent: string | undefined;
}

/** Where lines go besides stdout. */
export interface LogSink {
  add(line: LogLine): void;
  close(): Promise<void>;
}

/** Gives each line of a log to stdout and then to a sink: at first it waits for the sink to be opened. */
export class LogTee implements DestinationStream {
  private readonly early: LogLine[] = [];
  private sink?: LogSink;

  constructor(private readonly stdout: DestinationStream) {}

  write(json: string): void {
    this.stdout.write(json);
    const line = { json, traceparent: currentTrace()?.traceparent };
    if (this.sink === undefined) this.early.push(line);
    else this.sink.add(line);
  }

  open(sink: LogSink): this {
    this.sink = sink;
    for (const line of this.early.splice(0)) sink.add(line);
    return this;
  }

  /** Sends what is left, for a moment; called by Nest when everything else has stopped. */
  async onApplicationShutdown(): Promise<void> {
    await this.sink?.close();
  }
}
