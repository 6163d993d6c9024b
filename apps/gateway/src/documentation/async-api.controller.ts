import { asyncApiDocument, type JsonSchema } from '@hookshop/contracts';
import { Controller, Get } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';

/** The facts of the shop, as AsyncAPI 3 tells them. Open to everybody, like the documentation of the HTTP API. */
@Controller()
@ApiExcludeController()
export class AsyncApiController {
  private document?: JsonSchema;

  @Get('asyncapi.json')
  show(): JsonSchema {
    return (this.document ??= asyncApiDocument());
  }
}
