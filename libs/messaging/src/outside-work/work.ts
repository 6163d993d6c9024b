/** What a service does by itself besides its reactions; found among its providers, started and stopped with them. */
export abstract class Work {
  abstract start(): void;

  /** Begins nothing new and lets what is under way finish, within the patience of whoever stops the process. */
  abstract stop(): Promise<void>;
}
