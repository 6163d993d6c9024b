import { refuse } from '@hookshop/messaging';
import { IsString, isUUID } from 'class-validator';
import type { EntityManager } from 'typeorm';
import { Customer } from './customer.js';

/** Names a customer. What is not an id names none either: both are answered with 404. */
export class CustomerId {
  @IsString() readonly id: string;
}

/** @throws RpcException a 404 refusal */
export async function findCustomer(manager: EntityManager, id: string): Promise<Customer> {
  const found = isUUID(id) && (await manager.findOneBy(Customer, { id }));
  if (!found) throw refuse(404, `There is no customer ${id.slice(0, 64)}.`);
  return found;
}
