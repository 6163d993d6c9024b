import { Logger } from '@hookshop/observability';
import { Database } from '@hookshop/persistence';
import { Controller, Delete, Get, HttpCode, Query } from '@nestjs/common';
import { IsOptional, Matches, MaxLength } from 'class-validator';
import PostalMime from 'postal-mime';
import { badCursor, type Page, PageQuery } from '../page.js';

class InboxQuery extends PageQuery {
  /** In upper or lower case. */
  @IsOptional() @Matches(/^\P{Cc}*$/u) @MaxLength(320) readonly to?: string;
}

interface ShownMail {
  to: string;
  subject: string | null;
  text: string | null;
  html: string | null;
  messageId: string | null;
  receivedAt: Date;
}

interface InboxRow {
  mailId: string;
  position: number;
  recipient: string;
  messageId: string | null;
  subject: string | null;
  receivedAt: Date;
  raw: Buffer;
}

@Controller('inbox')
export class ShowInbox {
  constructor(
    private readonly database: Database,
    private readonly log: Logger,
  ) {}

  /** Newest first; a mail to several people is shown for each. */
  @Get()
  async show(@Query() { to, limit, cursor }: InboxQuery): Promise<Page<ShownMail>> {
    const after = cursor === undefined ? newest : readCursor(cursor);
    const values = [after.mailId, after.position, limit + 1];
    const rows =
      to === undefined
        ? await this.database.query<InboxRow>(everybodys, values)
        : await this.database.query<InboxRow>(ofOne, [...values, to]);

    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    return {
      data: await Promise.all(shown.map((row) => this.parse(row))),
      nextCursor: rows.length > limit && last ? `${last.mailId}.${last.position}` : null,
    };
  }

  @Delete()
  @HttpCode(204)
  async empty(): Promise<void> {
    await this.database.query(`TRUNCATE mails, mail_recipients`);
  }

  /** Only here, where somebody reads it, is a mail taken apart. */
  private async parse({ recipient, messageId, subject, receivedAt, raw, mailId }: InboxRow): Promise<ShownMail> {
    const shown = { to: recipient, subject, text: null, html: null, messageId, receivedAt };
    try {
      const mail = await PostalMime.parse(raw);
      return { ...shown, text: mail.text ?? null, html: mail.html ?? null };
    } catch (err) {
      this.log.warn({ err, mailId }, 'A mail cannot be parsed and is shown without its content');
      return shown;
    }
  }
}

/** Where the first page begins: before anything there can be. */
const newest = { mailId: 'ffffffff-ffff-ffff-ffff-ffffffffffff', position: 0 };

function readCursor(cursor: string): { mailId: string; position: number } {
  const found = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(\d{1,3})$/.exec(cursor);
  if (found === null) throw badCursor();
  return { mailId: found[1]!, position: Number(found[2]) };
}

const inboxPage = (where: string): string => `
  SELECT mail_id AS "mailId", position, recipient, message_id AS "messageId", subject, received_at AS "receivedAt", raw
  FROM inbox
  WHERE (mail_id, position) < ($1::uuid, $2::smallint) ${where}
  ORDER BY mail_id DESC, position DESC
  LIMIT $3::integer`;
const everybodys = inboxPage('');
const ofOne = inboxPage('AND lower(recipient) = lower($4::text COLLATE "C")');
