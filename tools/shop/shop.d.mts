export interface ShopOptions {
  portBase: number;
  /** Databases, streams, logs, generated secrets and the lock. */
  dataDir: string;
  /** Reaches every service and wins over the demo variables. */
  env?: Record<string, string | undefined>;
  /** Progress, a line each. */
  log?: (line: string) => void;
  /** False: a loss of power may lose data; for tests only. */
  fsync?: boolean;
  /** Only these services; default all. */
  services?: string[];
  postgresSettings?: Record<string, string | number>;
  /** Instead of the usual ones, for measurements. */
  nodeFlags?: string[];
}

export interface ShopKeys {
  shop: string;
  partner: string;
  admin: string;
}

export interface ShopDescription {
  portBase: number;
  dataDir: string;
  keys: ShopKeys;
  /** HTTP address of every service by name. */
  urls: Record<string, string>;
  /** Database of every service by name, as its own role. */
  databases: Record<string, string>;
  adminDatabaseUrl: string;
  /** The broker, as the user who may do everything. */
  natsUrl: string;
  natsMonitoringUrl: string;
  /** Process ids of what runs, `postgres` and `nats` included. */
  pids: Record<string, number>;
}

export interface Shop {
  /** Resolves when every service is ready. Throws CannotStart with what to do; nothing is left running then. */
  start(): Promise<void>;
  /** In order and gracefully, each within a bounded time. */
  stop(): Promise<void>;
  /** Ends one process, `postgres` and `nats` included, and resolves when it is gone. */
  kill(name: string, signal?: NodeJS.Signals): Promise<void>;
  /** Starts one again, stopping it gracefully before if it runs; resolves when it is ready. */
  restart(name: string): Promise<void>;
  /** Kills everything and deletes all data. */
  remove(): Promise<void>;
  url(service: string): string;
  readonly keys: ShopKeys;
  pids(): Record<string, number>;
  description(): ShopDescription;
  logFile(name: string): string;
  logTail(name: string, lines?: number): string;
  /** Called when a process ends that neither `kill`, `restart` nor `stop` ended. */
  onUnexpectedExit(
    listener: (exit: { name: string; code: number | null; signal: NodeJS.Signals | null }) => void,
  ): void;
}

export function createShop(options: ShopOptions): Shop;
