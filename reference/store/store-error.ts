/**
 * The error for a store that cannot be opened in its present state. The message says which file is wrong, why, and what to
 * do.
 */
export class StoreError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'StoreError'
  }
}
