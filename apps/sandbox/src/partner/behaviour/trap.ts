import { All, Controller, Delete, Get, HttpCode } from '@nestjs/common';

/** Where a redirect leads. */
export const TRAP = '/partner/trap/visit';

/** Counts who follows a redirect that nobody should follow; forgotten at a restart. */
@Controller('partner/trap')
export class Trap {
  private visits = 0;

  @Get()
  show(): { visits: number } {
    return { visits: this.visits };
  }

  @Delete()
  @HttpCode(204)
  forget(): void {
    this.visits = 0;
  }

  @All('visit')
  @HttpCode(204)
  visit(): void {
    this.visits += 1;
  }
}
