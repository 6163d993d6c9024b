import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { IllegalMove, ShipmentStatus } from '../shipment.js';

/** What the carrier says no with; programs go by it, people by the message. */
export type CarrierErrorCode =
  | 'invalid_request'
  | 'unauthorized'
  | 'not_found'
  | 'not_picked_up'
  | 'already_picked_up'
  | 'already_delivered'
  | 'cancelled'
  | 'idempotency_key_reused'
  | 'unavailable';

/** The body of every error. */
export const errorBody = (code: CarrierErrorCode, message: string) => ({ error: { code, message } });

export class CarrierRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: CarrierErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'CarrierRefusal';
  }
}

export const noSuchShipment = (): CarrierRefusal => new CarrierRefusal(404, 'not_found', 'There is no such shipment.');

/** Where the parcel is decides what it stands in the way of. */
const reasons: Record<ShipmentStatus, CarrierErrorCode> = {
  booked: 'not_picked_up',
  picked_up: 'already_picked_up',
  returning: 'already_picked_up',
  delivered: 'already_delivered',
  cancelled: 'cancelled',
};

const advice: Record<ShipmentStatus, string> = {
  booked: 'Cancel it instead of calling it back.',
  picked_up: 'Call it back instead of cancelling it.',
  returning: 'It is on its way back to you.',
  delivered: 'Its recipient has it.',
  cancelled: 'Book another one.',
};

export const refuseMove = ({ shipment: { id, status } }: IllegalMove): CarrierRefusal =>
  new CarrierRefusal(409, reasons[status], `The shipment ${id} is ${status}. ${advice[status]}`);

/** Answers a refusal as the carrier's error. */
@Catch(CarrierRefusal)
export class AnswerCarrierRefusals implements ExceptionFilter<CarrierRefusal> {
  catch({ status, code, message }: CarrierRefusal, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<FastifyReply>().code(status).send(errorBody(code, message));
  }
}
