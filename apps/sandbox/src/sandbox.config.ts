import { IsUrlWith, ServiceConfig } from '@hookshop/config';
import {
  ArrayNotEmpty,
  IsArray,
  IsInt,
  IsOptional,
  Matches,
  Max,
  Min,
  ValidateBy,
  ValidateIf,
  type ValidationArguments,
} from 'class-validator';

/** Anybody may book payments and read mail here, so a production shop must never reach it by accident. */
const AllowsProduction = (): PropertyDecorator =>
  ValidateBy({
    name: 'allowsProduction',
    validator: {
      validate: (demo, args?: ValidationArguments) =>
        demo === true || (args?.object as SandboxConfig).nodeEnv !== 'production',
      defaultMessage: () =>
        'must be true for the sandbox to run with NODE_ENV=production: it takes no real money and shows every mail to anybody',
    },
  });

/** What signs webhooks is needed where they are sent to. */
const WhenSending = (url: 'stripeWebhookUrl' | 'carrierWebhookUrl'): PropertyDecorator =>
  ValidateIf((config: SandboxConfig) => config[url] !== undefined);

/** As Standard Webhooks wants it: `whsec_` and 24 to 64 bytes in base64. */
const AreStandardSecrets = (): PropertyDecorator =>
  ValidateBy(
    {
      name: 'areStandardSecrets',
      validator: {
        validate: (value) => {
          const text = String(value);
          const key = Buffer.from(text.replace('whsec_', ''), 'base64');
          return text === `whsec_${key.toString('base64')}` && key.length >= 24 && key.length <= 64;
        },
        defaultMessage: (validation) => `${validation?.property} must be whsec_ and 24 to 64 bytes in base64`,
      },
    },
    { each: true },
  );

/** Needed by whoever registers, and by nobody else. */
const WhenRegistering = (): PropertyDecorator =>
  ValidateIf(({ partnerGatewayUrl }: SandboxConfig) => partnerGatewayUrl !== undefined);

export class SandboxConfig extends ServiceConfig {
  /** Needs no broker: the third parties know nothing of the shop's. */
  @IsOptional() override readonly natsUrl: string;
  /** 0 takes any free port. */
  @IsInt() @Min(0) @Max(65535) readonly smtpPort: number = 3025;
  /** Where every mail goes as well once it is stored, `smtp://mailpit:1025`. */
  @IsOptional() @IsUrlWith('smtp', 'smtps') readonly smtpForwardUrl?: string;
  /** The gateway where the partner registers its endpoint; without it the partner is told nothing. */
  @IsOptional() @IsUrlWith('http', 'https') readonly partnerGatewayUrl?: string;
  /** Where the gateway reaches the partner: `http://127.0.0.1:3010/partner/webhooks`. */
  @WhenRegistering() @IsUrlWith('http', 'https') readonly partnerWebhookUrl?: string;
  @WhenRegistering()
  @Matches(/^[\x21-\x7e]+$/, { message: '$property must be the API key of a partner' })
  readonly partnerApiKey?: string;
  /** What the partner wants to be told. */
  @IsArray() @ArrayNotEmpty() readonly partnerEventTypes: string[] = ['*'];
  /** Where the payment provider tells the shop what happened, `…/hooks/stripe`; without it, it tells nobody. */
  @IsOptional() @IsUrlWith('http', 'https') readonly stripeWebhookUrl?: string;
  /** The first signs; others are those that the shop accepts besides, while one replaces another. */
  @WhenSending('stripeWebhookUrl')
  @Matches(/^whsec_[\x21-\x7e]+$/, {
    each: true,
    message: '$property must be the signing secret of the shop, starting with whsec_',
  })
  readonly stripeWebhookSecret?: string[];
  /** Where the carrier tells the shop what happened, `…/hooks/carrier`; without it, it tells nobody. */
  @IsOptional() @IsUrlWith('http', 'https') readonly carrierWebhookUrl?: string;
  @WhenSending('carrierWebhookUrl') @AreStandardSecrets() readonly carrierWebhookSecret?: string[];
  @AllowsProduction() readonly hookshopDemo: boolean = false;
}
