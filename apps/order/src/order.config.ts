import { ServiceConfig } from '@hookshop/config';
import { IsInt, Max, Min } from 'class-validator';

export class OrderConfig extends ServiceConfig {
  /** Seconds an order may take from placed to confirmed before it is cancelled. */
  @IsInt() @Min(1) @Max(2_592_000) readonly orderDeadlineSeconds: number = 900;
}
