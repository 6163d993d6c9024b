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
  @AllowsProduction() readonly hookshopDemo: boolean = false;
}
