/** What filling in the file of a platform came to. */
export interface Filled {
  readonly text: string
  /** Learners whose line was found. */
  readonly matched: readonly string[]
  /** Lines of the file that belong to nobody here. */
  readonly unmatched: readonly string[]
  /** Learners with a grade and without a line. */
  readonly absent: readonly string[]
}
