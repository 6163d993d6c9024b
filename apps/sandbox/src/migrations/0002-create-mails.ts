import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateMails1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // A usual mail fits into a page: kept there as it is, it costs neither compression nor a second table.
    await runner.query(`
      CREATE TABLE mails (
        id uuid PRIMARY KEY,
        message_id text COLLATE "C",
        subject text,
        sender text NOT NULL,
        raw bytea NOT NULL,
        received_at timestamptz NOT NULL DEFAULT now(),
        forward_due_at timestamptz,
        forward_attempts integer NOT NULL DEFAULT 0,
        forward_error text,
        forwarded_at timestamptz
      ) WITH (toast_tuple_target = 8160)`);
    await runner.query(`CREATE INDEX mails_to_forward ON mails (forward_due_at, id) WHERE forward_due_at IS NOT NULL`);
    // No foreign key, which would be looked up row by row: one statement writes both tables, one empties both.
    await runner.query(`
      CREATE TABLE mail_recipients (
        mail_id uuid NOT NULL,
        position smallint NOT NULL,
        recipient text COLLATE "C" NOT NULL,
        PRIMARY KEY (mail_id, position)
      )`);
    await runner.query(`CREATE INDEX mails_of_recipient ON mail_recipients (lower(recipient), mail_id, position)`);
    // Each mail once for everyone it was sent to.
    await runner.query(`
      CREATE VIEW inbox AS
        SELECT mail_id, position, recipient, message_id, subject, sender, raw, received_at
        FROM mail_recipients JOIN mails ON mails.id = mail_recipients.mail_id`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP VIEW inbox`);
    await runner.query(`DROP TABLE mail_recipients, mails`);
  }
}
