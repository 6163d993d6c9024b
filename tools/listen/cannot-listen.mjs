/** Something a person must change before events can be fetched; its message says what happened and what to do. */
export class CannotListen extends Error {
  name = 'CannotListen';
}
