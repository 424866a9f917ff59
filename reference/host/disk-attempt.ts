/** Calls of the disk whose failure is an answer and not an accident. */
import { DiskError } from './host.ts'

/** Does something with the disk; '' or why the disk refused. */
export function attempt(run: () => void): string {
  try {
    run()
    return ''
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    return error.message
  }
}
