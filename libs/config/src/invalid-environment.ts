export interface EnvironmentFault {
  /** Name of the environment variable, `DATABASE_URL`. */
  variable: string;
  /** What is expected; never the value that was found, which may be a secret. */
  expected: string;
}

/** The environment cannot configure the service. Names every fault, so that one look is enough to mend them all. */
export class InvalidEnvironment extends Error {
  override readonly name = 'InvalidEnvironment';

  constructor(readonly faults: readonly EnvironmentFault[]) {
    super(
      ['The environment is not valid:', ...faults.map(({ variable, expected }) => `  ${variable} ${expected}`)].join(
        '\n',
      ),
    );
  }
}
