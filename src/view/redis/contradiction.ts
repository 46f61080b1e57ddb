/** One part of the view contradicts another, in one atomic step. `message` is one line. */
export class Contradiction extends Error {
  override readonly name = 'Contradiction';
}
