import { IsOneOf, IsText } from '@hookshop/contracts';
import { IsOptional, Matches } from 'class-validator';
import { roles, type Role } from '../authentication/caller.js';

/** Body of `POST /v1/api-keys`. */
export class CreateApiKeyBody {
  @IsOneOf(roles) readonly role: Role;
  /** The tenant: partners have one, nobody else does. */
  @IsOptional() @Matches(/^[a-z0-9][a-z0-9-]{0,62}$/) readonly partnerId?: string;
  @IsText() readonly name: string;
}
