import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import type { Role } from '../authentication/caller.js';

/** A key that opens the door; the key itself is known to its owner alone. */
@Entity('api_keys')
export class ApiKey {
  @PrimaryColumn('uuid') id: string;
  @Column('text') role: Role;
  /** The tenant of a partner's key. */
  @Column('text', { name: 'partner_id', nullable: true }) partnerId: string | null;
  @Column('text') name: string;
  /** The environment variable that gave it. */
  @Column('text', { nullable: true }) variable: string | null;
  /** First bytes of the digest, by which it is found. */
  @Column('bytea') lookup: Buffer;
  @Column('bytea') digest: Buffer;
  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' }) createdAt: Date;
  @Column('timestamptz', { name: 'revoked_at', nullable: true }) revokedAt: Date | null;
}
