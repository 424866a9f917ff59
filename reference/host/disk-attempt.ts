/** Converts a `DiskError` to a text, for callers that continue after a failure of the disk. */
import { DiskError } from './host.ts'

/** Calls `run`. Returns '' after success, or the message of a `DiskError`. Does not catch other errors. */
export function attempt(run: () => void): string {
  try {
    run()
    return ''
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    return error.message
  }
}
