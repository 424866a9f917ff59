/** The one option of commands that compare kept files with runs. */
import { parseArgs } from 'node:util'

/**
 * True with `--write`: the files shall be written anew. Says what is wrong with any other words of the command line and ends the
 * process with 2.
 */
export function wantsWriting(command: string): boolean {
  try {
    return parseArgs({ options: { write: { type: 'boolean' } } }).values.write === true
  } catch (error) {
    console.error(`${(error as Error).message}\n\nnpm run ${command} [-- --write]`)
    process.exit(2)
  }
}
