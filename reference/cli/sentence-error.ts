/** A failure that is told as one sentence, without a stack: the user can do something about it. */
export class SentenceError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SentenceError'
  }
}
