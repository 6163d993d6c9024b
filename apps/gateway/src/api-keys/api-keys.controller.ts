import { PageQuery, type Page } from '@hookshop/contracts';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { For } from '../authentication/caller.js';
import { IdOf } from '../id-of.js';
import { ApiKeys, type ApiKeyView } from './api-keys.js';
import { CreateApiKeyBody } from './create-api-key-body.js';
import { Documented } from '../documentation/documented.js';

@Controller('v1/api-keys')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeys) {}

  @Post()
  @For()
  @Documented({ summary: 'Make an API key', status: 201, answer: 'NewApiKey', body: CreateApiKeyBody })
  create(@Body() body: CreateApiKeyBody): Promise<ApiKeyView & { key: string }> {
    return this.keys.create(body);
  }

  @Get()
  @For()
  @Documented({ summary: 'List API keys, newest first', answer: { pageOf: 'ApiKey' }, query: PageQuery })
  list(@Query() query: PageQuery): Promise<Page<ApiKeyView>> {
    return this.keys.list(query);
  }

  @Delete(':id')
  @For()
  @HttpCode(204)
  @Documented({ summary: 'Revoke an API key', status: 204, refusals: [404] })
  revoke(@Param('id', new IdOf('API key')) id: string): Promise<void> {
    return this.keys.revoke(id);
  }
}
