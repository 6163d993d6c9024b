import { PageQuery, type Page } from '@hookshop/contracts';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { For } from '../authentication/caller.js';
import { IdOf } from '../id-of.js';
import { ApiKeys, type ApiKeyView } from './api-keys.js';
import { CreateApiKeyBody } from './create-api-key-body.js';

@Controller('v1/api-keys')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeys) {}

  @Post()
  @For()
  create(@Body() body: CreateApiKeyBody): Promise<ApiKeyView & { key: string }> {
    return this.keys.create(body);
  }

  @Get()
  @For()
  list(@Query() query: PageQuery): Promise<Page<ApiKeyView>> {
    return this.keys.list(query);
  }

  @Delete(':id')
  @For()
  @HttpCode(204)
  revoke(@Param('id', new IdOf('API key')) id: string): Promise<void> {
    return this.keys.revoke(id);
  }
}
