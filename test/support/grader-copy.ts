/** The grader in a folder of its own, as a pack for a platform holds it: its files may be changed there. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { bundleFiles } from '../../labs/grader/pack/bundle.ts'

/** Copies the grader into a folder. Returns the path of its command line. */
export function copyGrader(into: string): string {
  for (const [path, bytes] of bundleFiles()) {
    mkdirSync(dirname(join(into, path)), { recursive: true })
    writeFileSync(join(into, path), bytes)
  }
  return join(into, 'reference/cli/main.mjs')
}
