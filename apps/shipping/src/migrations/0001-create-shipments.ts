import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateShipments1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // An order has one shipment, and one that was cancelled first keeps its place: nothing books it later.
    await runner.query(`
      CREATE TABLE shipments (
        id uuid PRIMARY KEY,
        order_id uuid NOT NULL UNIQUE,
        status text NOT NULL CHECK (status IN (
          'pending', 'booked', 'dispatched', 'delivered', 'cancelling', 'cancelled', 'recalling', 'recalled',
          'recall-failed'
        )),
        version integer NOT NULL CHECK (version > 0),
        parcel jsonb,
        carrier_id text,
        carrier text,
        tracking_number text,
        attempts integer NOT NULL DEFAULT 0,
        failures integer NOT NULL DEFAULT 0,
        last_error text,
        booking_asked_at timestamptz,
        dispatched_at timestamptz,
        delivered_at timestamptz,
        cancelled_at timestamptz,
        next_attempt_at timestamptz,
        leased_until timestamptz,
        cause jsonb,
        cancellation_cause jsonb,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CHECK (status = 'cancelled' OR parcel IS NOT NULL),
        CHECK ((status IN ('pending', 'cancelling', 'recalling')) = (next_attempt_at IS NOT NULL)),
        CHECK (
          status IN ('pending', 'cancelling', 'cancelled')
          OR (carrier_id IS NOT NULL AND carrier IS NOT NULL AND tracking_number IS NOT NULL)
        ),
        CHECK (status NOT IN ('cancelling', 'cancelled', 'recalling', 'recalled', 'recall-failed')
          OR cancellation_cause IS NOT NULL)
      ) WITH (fillfactor = 80);
      CREATE INDEX shipments_to_attempt ON shipments (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE shipments');
  }
}
