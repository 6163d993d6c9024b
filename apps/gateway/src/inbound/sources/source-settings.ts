import type { JsonSchema } from '@hookshop/contracts';
import { plainToInstance, Type } from 'class-transformer';
import {
  IsIn,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  ValidateNested,
  validateSync,
} from 'class-validator';
import type { ValidationError } from 'class-validator';
import { presets, type Preset } from './schemes.js';

const headerName = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;
const pointer = /^(\/([^~/]|~[01])*)*$/;
const notAPointer = '$property must be a JSON pointer such as /event/id';

/** Where a message has its sender's id of it. */
class IdPlace {
  @IsOptional() @Matches(headerName, { message: '$property must be the name of a header' }) readonly header?: string;
  @IsOptional() @Matches(pointer, { message: notAPointer }) readonly pointer?: string;
}

/** A source of INBOUND_SOURCES as it is written there. */
export class SourceSettings {
  /** Several are separated by commas. */
  @IsString() readonly secret: string;
  /** `hmac`: HMAC-SHA256 over the body, as the properties below say. */
  @IsOptional() @IsIn(['hmac', ...Object.keys(presets)]) readonly scheme: 'hmac' | Preset = 'hmac';
  @IsOptional() @Matches(headerName, { message: '$property must be the name of a header' }) readonly header?: string;
  @IsOptional() @IsIn(['hex', 'base64']) readonly encoding?: 'hex' | 'base64';
  /** Stands before the signature, `sha256=`. */
  @IsOptional() @IsString() @MaxLength(100) readonly prefix?: string;
  @IsOptional() @IsObject() @ValidateNested() @Type(() => IdPlace) readonly id?: IdPlace;

  /** The event that its messages become, `document.signed.v1`. */
  @IsOptional() @IsString() readonly as?: string;
  @IsOptional() @IsString() @MaxLength(500) readonly description?: string;
  /** JSON Schema of the event's data. A message that it does not describe is kept, and is no such event. */
  @IsOptional() @IsObject() readonly schema?: JsonSchema;
  /** JSON pointer to the event's data in the body; by default the whole body is the data. */
  @IsOptional() @Matches(pointer, { message: notAPointer }) readonly data?: string;
}

/** Reads one source. What is wrong with it is told by property, without its values: one of them is a secret. */
export function readSettings(value: object): { settings: SourceSettings; faults: string[] } {
  const settings = plainToInstance(SourceSettings, value, { exposeDefaultValues: true });
  const errors = validateSync(settings, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true });
  return { settings, faults: errors.flatMap((error) => messagesIn(error)) };
}

const messagesIn = ({ constraints, children, property }: ValidationError): string[] => [
  ...Object.values(constraints ?? {}),
  ...(children ?? []).flatMap((child) => messagesIn(child).map((message) => `${property}.${message}`)),
];
