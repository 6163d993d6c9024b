import { ServiceConfig } from '@hookshop/config';
import { IsCurrency, IsWhole } from '@hookshop/contracts';

export class CrmConfig extends ServiceConfig {
  /**
   * Lifetime value in cents from which a customer is a vip: by default a thousand dollars, some ten keyboards. A new
   * threshold holds for each customer from their next fact on.
   */
  @IsWhole(1) readonly vipThresholdInCents: number = 100_000;

  /** Lifetime values are in this currency; amounts in another are noted as interactions and not added up. */
  @IsCurrency() readonly lifetimeValueCurrency: string = 'USD';
}
