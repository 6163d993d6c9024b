import { Database, GroupCommit } from '@hookshop/persistence';
import { Injectable } from '@nestjs/common';
import { v7 } from 'uuid';
import { SandboxConfig } from '../sandbox.config.js';
import { ForwardMails } from './forward-mails.js';
import { readHeaders } from './read-headers.js';

/** A mail as it came in at the door. */
export interface ReceivedMail {
  /** Empty for a bounce. */
  sender: string;
  recipients: string[];
  raw: Buffer;
}

/** Writes mails down; those that come in together share a commit. */
@Injectable()
export class StoreMails {
  private readonly commits: GroupCommit<ReceivedMail, void>;

  constructor(
    private readonly database: Database,
    private readonly config: SandboxConfig,
    private readonly forward: ForwardMails,
  ) {
    this.commits = new GroupCommit((mails) => this.write(mails), { max: 64 });
  }

  /** Resolves when the mail is on disk. */
  async store(mail: ReceivedMail): Promise<void> {
    await this.commits.run(mail);
    this.forward.wake();
  }

  private async write(mails: ReceivedMail[]): Promise<void[]> {
    const raw = Buffer.concat(mails.map((mail) => mail.raw));
    const rows: { id: string; headers: ReturnType<typeof readHeaders>; start: number }[] = [];
    const recipients: { mailId: string; position: number; recipient: string }[] = [];
    // PostgreSQL counts bytes from 1.
    let start = 1;
    for (const mail of mails) {
      const id = v7();
      rows.push({ id, headers: readHeaders(mail.raw), start });
      mail.recipients.forEach((recipient, position) => recipients.push({ mailId: id, position, recipient }));
      start += mail.raw.length;
    }
    await this.database.query(statement, [
      raw,
      rows.map(({ id }) => id),
      rows.map(({ headers }) => headers.messageId),
      rows.map(({ headers }) => headers.subject),
      mails.map(({ sender }) => sender),
      rows.map((row) => row.start),
      mails.map((mail) => mail.raw.length),
      this.config.smtpForwardUrl !== undefined,
      recipients.map(({ mailId }) => mailId),
      recipients.map(({ position }) => position),
      recipients.map(({ recipient }) => recipient),
    ]);
    return mails.map(() => undefined);
  }
}

/** All mails travel as one value: an array of them would be sent as text, twice as long. */
const statement = `
  WITH stored AS (
    INSERT INTO mails (id, message_id, subject, sender, raw, forward_due_at)
    SELECT id, message_id, subject, sender, substr($1::bytea, start, size), CASE WHEN $8::boolean THEN now() END
    FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::integer[])
      AS mail (id, message_id, subject, sender, start, size)
  )
  INSERT INTO mail_recipients (mail_id, position, recipient)
  SELECT mail_id, position, recipient
  FROM unnest($9::uuid[], $10::smallint[], $11::text[]) AS addressed (mail_id, position, recipient)`;
