export interface NatsServer {
  readonly url: string;
  readonly monitoringUrl: string;
  readonly logFile: string;
  readonly pid: number;
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  remove(): Promise<void>;
}

export function startNats(options: {
  dataDir: string;
  port: number;
  monitoringPort: number;
  binary?: string;
  logFile?: string;
}): Promise<NatsServer>;
