/**
 * The error for a store that cannot be opened, because of its present state or because another broker uses it. The message
 * says what is wrong and what to do.
 */
export class StoreError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'StoreError'
  }
}
