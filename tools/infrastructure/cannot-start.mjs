/** Something a person must change before the shop can run; its message says what happened and what to do. */
export class CannotStart extends Error {
  name = 'CannotStart';
}
