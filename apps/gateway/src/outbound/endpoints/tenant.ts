import { Problem } from '@hookshop/http';
import type { Caller } from '../../authentication/caller.js';

/** Whose rows a caller may touch: one partner's, or everybody's (null), for admins. */
export type Tenant = string | null;

/**
 * @param partnerId as asked for with `?partnerId=`
 * @throws Problem 404 when a partner asks for another's: it may not even know that there is one
 */
export function tenantOf(caller: Caller, partnerId: string | undefined): Tenant {
  if (caller.role === 'admin') return partnerId ?? null;
  if (partnerId !== undefined && partnerId !== caller.partnerId) throw new Problem(404, 'There is no such partner.');
  return caller.partnerId;
}

/** @throws Problem 400 when an admin does not say for whom */
export function onePartner(tenant: Tenant): string {
  if (tenant !== null) return tenant;
  throw new Problem(400, 'The request is not valid.', {
    errors: [{ path: 'partnerId', message: 'partnerId is required: say for whom, ?partnerId=' }],
  });
}
