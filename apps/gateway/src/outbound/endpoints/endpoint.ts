import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

export const formats = ['standard', 'cloudevents'] as const;
export type Format = (typeof formats)[number];
export const payloads = ['full', 'thin'] as const;
export type Payload = (typeof payloads)[number];
export const orderings = ['none', 'per-key'] as const;
export type Ordering = (typeof orderings)[number];
export const signatureSchemes = ['v1', 'v1a'] as const;
export type SignatureScheme = (typeof signatureSchemes)[number];
export type EndpointStatus = 'enabled' | 'disabled' | 'unverified';
export type DisabledReason = 'manual' | 'gone' | 'failing';
export type Circuit = 'closed' | 'open' | 'probing';

/** A partner's URL and what it wants to receive there. */
@Entity('webhook_endpoints')
export class Endpoint {
  @PrimaryColumn('uuid') id: string;
  /** The tenant. */
  @Column('text', { name: 'partner_id' }) partnerId: string;
  @Column('text') url: string;
  @Column('text') description: string;
  /** `*`, `order.*` or `order.placed.v1`. */
  @Column('text', { name: 'event_types', array: true }) eventTypes: string[];
  /** As the partner wrote it. */
  @Column('jsonb', { nullable: true }) filter: object | null;
  /** The filter as a jsonpath predicate over `{ "data": … }`. */
  @Column('jsonpath', { name: 'filter_path', nullable: true, select: false }) filterPath: string | null;
  @Column('text') format: Format;
  @Column('text') payload: Payload;
  @Column('text') ordering: Ordering;
  @Column('text', { array: true }) signatures: SignatureScheme[];
  /** The endpoint's own headers, as sealed JSON: they may carry credentials. */
  @Column('bytea', { name: 'sealed_headers' }) sealedHeaders: Buffer;
  @Column('integer', { name: 'timeout_seconds' }) timeoutSeconds: number;
  /** Pauses before each retry; null: the default ones. */
  @Column('integer', { name: 'retry_schedule_seconds', array: true, nullable: true })
  retryScheduleSeconds: number[] | null;
  @Column('integer', { name: 'max_per_second', nullable: true }) maxPerSecond: number | null;
  @Column('integer', { name: 'max_in_flight' }) maxInFlight: number;
  @Column('text') status: EndpointStatus;
  @Column('text', { name: 'disabled_reason', nullable: true }) disabledReason: DisabledReason | null;
  /** Ed25519 key `whsk_…`, sealed; only with `v1a`. */
  @Column('bytea', { name: 'sealed_private_key', nullable: true }) sealedPrivateKey: Buffer | null;
  /** `whpk_…` */
  @Column('text', { name: 'public_key', nullable: true }) publicKey: string | null;
  /** Grows with every change: the sequence of its facts. */
  @Column('bigint') version: number;
  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' }) createdAt: Date;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt: Date;
  @Column('timestamptz', { name: 'deleted_at', nullable: true }) deletedAt: Date | null;
}
