import { Controller, Module } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { answersOf, partsOf } from './declared.mjs';

class Made {}
class Replaced {}
class Inner {}

@Controller()
class Base {
  @MessagePattern('stock.quote') quote() {}
  helps() {}
}
@Controller()
class Stock extends Base {
  @MessagePattern('stock.restock', { queue: 'restockers' }) restock() {}
}

@Module({ providers: [Inner], controllers: [Base] })
class Imported {}
class Dynamic {}

describe('what a module declares', () => {
  const module = {
    module: Dynamic,
    imports: [Imported, { module: class Further {}, imports: [Imported], providers: [Made] }],
    controllers: [Stock],
    providers: [
      { provide: 'name', useClass: Replaced },
      { provide: 'value', useValue: 1 },
    ],
  };

  it('is its own, and what the modules declare that it imports, each once', () => {
    const { controllers, providers } = partsOf(module);

    expect(controllers).toEqual([Stock, Base]);
    expect(providers).toEqual([Replaced, undefined, Inner, Made]);
  });

  it('is every request that a controller answers, inherited ones as well', () => {
    expect(answersOf([Stock])).toEqual([
      { subject: 'stock.restock', queue: 'restockers' },
      { subject: 'stock.quote', queue: undefined },
    ]);
  });
});
