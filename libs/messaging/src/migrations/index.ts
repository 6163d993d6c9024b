import { CreateMessaging1700000000000 } from './0001-create-messaging.js';

/** Tables of the outbox, the inbox and the dead letters: the first migrations of every service. */
export const messagingMigrations = [CreateMessaging1700000000000];
