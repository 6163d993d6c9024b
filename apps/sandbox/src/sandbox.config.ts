import { IsUrlWith, ServiceConfig } from '@hookshop/config';
import { IsInt, IsOptional, Max, Min, ValidateBy, type ValidationArguments } from 'class-validator';

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

export class SandboxConfig extends ServiceConfig {
  /** Needs no broker: the third parties know nothing of the shop's. */
  @IsOptional() override readonly natsUrl: string;
  /** 0 takes any free port. */
  @IsInt() @Min(0) @Max(65535) readonly smtpPort: number = 3025;
  /** Where every mail goes as well once it is stored, `smtp://mailpit:1025`. */
  @IsOptional() @IsUrlWith('smtp', 'smtps') readonly smtpForwardUrl?: string;
  @AllowsProduction() readonly hookshopDemo: boolean = false;
}
