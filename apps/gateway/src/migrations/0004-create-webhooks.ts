import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * No foreign keys: they would be looked up row by row on paths that write hundreds of rows a statement. What belongs
 * together is written together, and what is deleted goes with its endpoint or by retention.
 */
export class CreateWebhooks1700000001004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE webhook_endpoints (
        id uuid PRIMARY KEY,
        partner_id text NOT NULL,
        url text NOT NULL,
        description text NOT NULL,
        event_types text[] NOT NULL,
        -- As the partner wrote it, and what it means to the database.
        filter jsonb,
        filter_path jsonpath,
        format text NOT NULL CHECK (format IN ('standard', 'cloudevents')),
        payload text NOT NULL CHECK (payload IN ('full', 'thin')),
        ordering text NOT NULL CHECK (ordering IN ('none', 'per-key')),
        signatures text[] NOT NULL,
        -- May carry credentials.
        sealed_headers bytea NOT NULL,
        timeout_seconds integer NOT NULL,
        -- Pauses before each retry; NULL: the default ones.
        retry_schedule_seconds integer[],
        max_per_second integer,
        max_in_flight integer NOT NULL,
        status text NOT NULL CHECK (status IN ('enabled', 'disabled', 'unverified')),
        disabled_reason text CHECK (disabled_reason IN ('manual', 'gone', 'failing')),
        -- Ed25519, for v1a.
        sealed_private_key bytea,
        public_key text,
        version bigint NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        -- Kept for the deliveries that tell of it, until retention removes them.
        deleted_at timestamptz,
        CHECK ((status = 'disabled') = (disabled_reason IS NOT NULL))
      );
      CREATE INDEX webhook_endpoints_of_partner ON webhook_endpoints (partner_id, id);
      CREATE INDEX webhook_endpoints_subscribed ON webhook_endpoints USING gin (event_types) WHERE deleted_at IS NULL;

      CREATE TABLE webhook_secrets (
        endpoint_id uuid NOT NULL,
        id uuid NOT NULL,
        sealed bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        -- NULL: the current one. An earlier one signs beside it until then.
        retires_at timestamptz,
        PRIMARY KEY (endpoint_id, id)
      );
      CREATE UNIQUE INDEX webhook_secrets_current ON webhook_secrets (endpoint_id) WHERE retires_at IS NULL;

      -- What is known of an endpoint's health, and which instance sends to it now. One row per endpoint.
      CREATE TABLE webhook_lanes (
        endpoint_id uuid PRIMARY KEY,
        holder uuid,
        leased_until timestamptz,
        -- Grows with every change of hands: what an earlier holder claimed is nobody's.
        epoch bigint NOT NULL DEFAULT 0,
        circuit text NOT NULL DEFAULT 'closed' CHECK (circuit IN ('closed', 'open', 'probing')),
        probe_at timestamptz,
        -- By Retry-After.
        paused_until timestamptz,
        -- The backlog of a closed circuit goes out at a bounded rate until it is gone.
        recovering boolean NOT NULL DEFAULT false,
        -- Since the last success.
        failing_since timestamptz,
        health jsonb NOT NULL DEFAULT '{}'
      ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

      -- One row per fact that may leave the shop: the bytes that are signed, and what is needed to find them.
      CREATE TABLE webhook_messages (
        id uuid PRIMARY KEY,
        type text NOT NULL,
        source text NOT NULL,
        subject text NOT NULL,
        sequence bigint NOT NULL,
        order_id uuid,
        time text NOT NULL,
        -- Set: only this partner may receive it, and never the endpoint it is about.
        partner_id text,
        about_endpoint_id uuid,
        -- A newer version of the same occurrence exists: only for who asks for this very type.
        superseded boolean NOT NULL,
        -- Format standard, payload full.
        body text NOT NULL,
        received_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX webhook_messages_received_at ON webhook_messages (received_at);
      CREATE INDEX webhook_messages_of_order ON webhook_messages (order_id) WHERE order_id IS NOT NULL;

      -- Bodies in other formats, for messages owed to an endpoint that asks for them.
      CREATE TABLE webhook_bodies (
        message_id uuid NOT NULL,
        format text NOT NULL,
        payload text NOT NULL,
        body text NOT NULL,
        PRIMARY KEY (message_id, format, payload)
      );

      -- What is owed, one row per message and endpoint. The columns that a delivered one changes are in no index, so
      -- that changing them is cheap however many rows lie here.
      CREATE TABLE webhook_deliveries (
        id uuid PRIMARY KEY,
        endpoint_id uuid NOT NULL,
        partner_id text NOT NULL,
        message_id uuid NOT NULL,
        -- 'in-flight' is a pending one in the hands of a living instance: see webhook_queue.
        status text NOT NULL CHECK (status IN ('pending', 'delivered', 'exhausted', 'held', 'cancelled')),
        attempts integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(),
        delivered_at timestamptz,
        -- While it is held, exhausted or cancelled.
        unresolved_at timestamptz,
        -- Transactions commit in another order than they begin: a reader of everything in order goes by this.
        xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
        UNIQUE (message_id, endpoint_id)
      ) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
      CREATE INDEX webhook_deliveries_of_endpoint ON webhook_deliveries (endpoint_id, xid, id);
      CREATE INDEX webhook_deliveries_unresolved ON webhook_deliveries (endpoint_id, xid, id) WHERE unresolved_at IS NOT NULL;

      -- The pending ones. A small table, however long the history.
      CREATE TABLE webhook_queue (
        delivery_id uuid PRIMARY KEY,
        endpoint_id uuid NOT NULL,
        message_id uuid NOT NULL,
        due_at timestamptz NOT NULL DEFAULT now(),
        -- Attempts since it was last opened: its place in the retry schedule.
        tries integer NOT NULL DEFAULT 0,
        -- Replayed: goes out at a bounded rate, behind what happens now.
        paced boolean NOT NULL DEFAULT false,
        -- Set where deliveries of one aggregate go out one after another.
        ordering_key text,
        sequence bigint NOT NULL,
        -- In the hands of the lane's holder, if it is the lane's epoch of now.
        claimed_epoch bigint
      ) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
      CREATE INDEX webhook_queue_due ON webhook_queue (endpoint_id, paced, due_at, delivery_id);
      CREATE INDEX webhook_queue_keys ON webhook_queue (endpoint_id, ordering_key, sequence, delivery_id)
        WHERE ordering_key IS NOT NULL;

      CREATE TABLE webhook_attempts (
        delivery_id uuid NOT NULL,
        number integer NOT NULL,
        started_at timestamptz NOT NULL,
        dns_ms real,
        connect_ms real,
        tls_ms real,
        first_byte_ms real,
        total_ms real NOT NULL,
        outcome text NOT NULL CHECK (outcome IN ('delivered', 'failed')),
        status integer,
        response_headers json NOT NULL,
        response_body text NOT NULL,
        truncated boolean NOT NULL,
        error_class text,
        error_message text,
        next text NOT NULL CHECK (next IN ('none', 'retry', 'disable')),
        next_attempt_at timestamptz,
        PRIMARY KEY (delivery_id, number)
      );

      -- Attempts by the hour, so that nobody has to count them.
      CREATE TABLE webhook_stats (
        endpoint_id uuid NOT NULL,
        hour timestamptz NOT NULL,
        delivered integer NOT NULL DEFAULT 0,
        failed integer NOT NULL DEFAULT 0,
        exhausted integer NOT NULL DEFAULT 0,
        -- Milliseconds of all attempts together.
        total_ms double precision NOT NULL DEFAULT 0,
        max_ms real NOT NULL DEFAULT 0,
        PRIMARY KEY (endpoint_id, hour)
      ) WITH (fillfactor = 50);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `DROP TABLE webhook_stats, webhook_attempts, webhook_queue, webhook_deliveries, webhook_bodies, webhook_messages,
         webhook_lanes, webhook_secrets, webhook_endpoints`,
    );
  }
}
