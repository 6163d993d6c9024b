import { Injectable } from '@nestjs/common';
import { GatewayConfig } from '../../gateway.config.js';
import type { InboundSource } from './inbound-source.js';
import { openSources } from './open-sources.js';
import { presets, type Preset } from './schemes.js';

/** Third parties whose webhooks are taken, by name. */
@Injectable()
export class InboundSources {
  private readonly sources = new Map<string, InboundSource>();

  constructor(config: GatewayConfig) {
    this.addPreset('stripe', 'stripe', config.stripeWebhookSecret);
    this.addPreset('carrier', 'standard', config.carrierWebhookSecret);
    this.addPreset('github', 'github', config.githubWebhookSecret);
    this.addPreset('shopify', 'shopify', config.shopifyWebhookSecret);
    if (config.inboundSources === undefined) return;
    const { sources, faults } = openSources(config.inboundSources, config);
    if (faults.length > 0) throw new Error(`INBOUND_SOURCES ${faults.join('; ')}`);
    for (const source of sources) this.sources.set(source.name, source);
  }

  find(name: string): InboundSource | undefined {
    return this.sources.get(name);
  }

  /** One without a secret could verify nobody. */
  private addPreset(name: string, preset: Preset, secrets: readonly string[]): void {
    if (secrets.length > 0) this.sources.set(name, { name, scheme: presets[preset](secrets) });
  }
}
