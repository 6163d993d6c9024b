import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateInboundWebhooks1700000001005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Everything that came to a source: taken, come again, or refused. Ids are in the order of time.
      CREATE TABLE inbound_webhooks (
        id uuid PRIMARY KEY,
        source text NOT NULL,
        status text NOT NULL CHECK (status IN ('received', 'duplicate', 'rejected')),
        -- The sender's id. Of a rejected one nobody can tell.
        webhook_id text,
        -- Why it was rejected, or is not the event that its source stands for.
        reason text,
        -- The receipt that a duplicate repeats.
        duplicate_of uuid,
        replay_suspected boolean NOT NULL DEFAULT false,
        address text NOT NULL,
        headers json NOT NULL,
        -- The raw bytes; of a duplicate none, of a rejected one the beginning.
        body bytea,
        body_size integer NOT NULL,
        -- Kept where neither id nor time are signed: there the same bytes may come again under another id.
        body_digest bytea,
        received_at timestamptz NOT NULL DEFAULT now(),
        CHECK ((status = 'rejected') = (webhook_id IS NULL)),
        CHECK (status <> 'received' OR body IS NOT NULL)
      );
      CREATE INDEX inbound_webhooks_of_source ON inbound_webhooks (source, id);
      CREATE INDEX inbound_webhooks_not_received ON inbound_webhooks (status, id) WHERE status <> 'received';
      CREATE INDEX inbound_webhooks_by_sender ON inbound_webhooks (webhook_id, id) WHERE webhook_id IS NOT NULL;
      CREATE INDEX inbound_webhooks_digests ON inbound_webhooks (source, body_digest) WHERE body_digest IS NOT NULL;

      -- What is taken once. Apart from the receipts: an id that nobody signed may be taken again when it is forgotten.
      CREATE TABLE inbound_ids (
        source text NOT NULL,
        webhook_id text NOT NULL,
        receipt_id uuid NOT NULL,
        -- NULL: as long as its receipt is kept.
        forgotten_at timestamptz,
        PRIMARY KEY (source, webhook_id)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE inbound_ids, inbound_webhooks');
  }
}
