import { CreateMessaging1700000000000 } from './0001-create-messaging.js';
import { IndexSetAside1700000000500 } from './0002-index-set-aside.js';
import { IndexInboxByAge1700000000501 } from './0003-index-inbox-by-age.js';

/** Tables of the outbox, the inbox and the dead letters: the first migrations of every service. */
export const messagingMigrations = [
  CreateMessaging1700000000000,
  IndexSetAside1700000000500,
  IndexInboxByAge1700000000501,
];
