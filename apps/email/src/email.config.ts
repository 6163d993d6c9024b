import { IsUrlWith, ServiceConfig } from '@hookshop/config';
import { ArrayMaxSize, ArrayNotEmpty, IsInt, Matches, Max, Min, ValidateBy } from 'class-validator';
import { parseMailbox } from './smtp/mailbox.js';

const IsMailbox = (): PropertyDecorator =>
  ValidateBy({
    name: 'isMailbox',
    validator: {
      validate: (value) => typeof value === 'string' && parseMailbox(value) !== undefined,
      defaultMessage: (validation) =>
        `${validation?.property} must be one e-mail address, such as Hookshop <orders@hookshop.example>`,
    },
  });

export class EmailConfig extends ServiceConfig {
  /** `smtp://host:25` or `smtps://user:password@host:465`; nodemailer's connection options may follow as its query. */
  @IsUrlWith('smtp', 'smtps') readonly smtpUrl: string;
  /** Connections held open to the mail server at most. */
  @IsInt() @Min(1) @Max(100) readonly smtpMaxConnections: number = 5;
  /** Seconds the mail server may be silent before a connection to it counts as dead. */
  @IsInt() @Min(1) @Max(300) readonly smtpTimeoutSeconds: number = 10;
  /** Sender of every mail; its domain is the domain of every Message-ID. */
  @IsMailbox() readonly mailFrom: string = 'Hookshop <orders@hookshop.example>';
  /** Days after which it is forgotten to whom a settled mail went, and what it told. */
  @IsInt() @Min(1) @Max(3_650) readonly mailRetentionDays: number = 90;
  /**
   * Pauses in seconds before the further attempts at a mail the server did not take; after the last it is given up.
   * The default tries for about a day: greylisting takes minutes, a full mailbox is emptied over night.
   */
  @ArrayNotEmpty()
  @ArrayMaxSize(50)
  @Matches(/^\d{1,6}(\.\d{1,3})?$/, { each: true, message: 'each value in $property must be a number of seconds' })
  readonly mailRetrySeconds: string[] = [
    '1',
    '5',
    '30',
    '120',
    '600',
    '1800',
    '3600',
    '7200',
    '14400',
    '28800',
    '28800',
  ];
}
