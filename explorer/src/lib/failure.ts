/** What went wrong, in the reader's language, with spellings that would have worked. */
export class Failure extends Error {
  constructor(
    readonly kind: string,
    message: string,
    readonly near: string[] = [],
  ) {
    super(message)
  }
}
