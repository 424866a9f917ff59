/** An error that is printed as one sentence, without a stack, because the user can correct its cause. */
export class SentenceError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SentenceError'
  }
}
