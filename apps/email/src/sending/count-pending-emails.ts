import { Metrics } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import { Email } from '../email.js';

/** Shows how many mails wait, for a retry or for the mail server to come back; counted whenever metrics are read. */
@Injectable()
export class CountPendingEmails {
  constructor({ dataSource }: Database, metrics: Metrics) {
    const emails = dataSource.getRepository(Email);
    const gauge = metrics.gauge({
      name: 'emails_pending',
      help: 'Mails that are not sent yet',
      collect: async () => {
        // Without the database the last number stands; all other metrics are still worth reading.
        await emails.countBy({ status: 'pending' }).then(
          (pending) => gauge.set(pending),
          () => undefined,
        );
      },
    });
  }
}
