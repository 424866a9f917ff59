/** Disk calls whose failure is expected and answered. */
import { DiskError } from './host.ts'

/** Calls `run`. Returns '' or the reason why the disk refused. */
export function attempt(run: () => void): string {
  try {
    run()
    return ''
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    return error.message
  }
}
