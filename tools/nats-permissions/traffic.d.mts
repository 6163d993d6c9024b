/** What a service does on the broker. */
export interface Traffic {
  service: string;
  /** Aggregates whose facts it states. */
  states: string[];
  /** Whether it states facts that only its configuration knows, too. */
  statesForeign: boolean;
  /** Its durable consumers, each with the one that looks ahead for it. */
  reactions: { durable: string; look: string; filter: string }[];
  answers: { subject: string; queue: string }[];
  asks: string[];
  /** Subjects on which its instances tell each other something. */
  signals: string[];
  /** Subjects of the stream that it reads with consumers of the moment. */
  watches: string[];
}

/** What a user of the broker may do; what is not allowed is refused. */
export interface Permissions {
  user: string;
  publish: { allow: string[]; deny: string[] };
  subscribe: { allow: string[] };
}
