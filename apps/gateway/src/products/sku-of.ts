import { IsSku } from '@hookshop/contracts';
import { Problem } from '@hookshop/http';
import { Injectable, type PipeTransform } from '@nestjs/common';
import { validateSync } from 'class-validator';

class Product {
  @IsSku() sku: string;
}

/** A SKU in the address. What cannot be one does not exist. */
@Injectable()
export class SkuOf implements PipeTransform<string, string> {
  transform(sku: string): string {
    if (validateSync(Object.assign(new Product(), { sku })).length > 0) {
      throw new Problem(404, 'There is no such product.');
    }
    return sku;
  }
}
