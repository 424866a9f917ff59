/**
 * Reads the answers of a lab from its folder: starter, solution, accepted and wrong ones.
 *
 * Runs where there is a file system. An answer is a whole set of files: what it does not have is the starter's.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Lab } from '../lab.ts'

const LABS = fileURLToPath(new URL('..', import.meta.url))

/** The files of one answer; `answer` is `starter`, `solution`, `wrong/<name>` or `accepted/<name>`. */
export function answerFiles(lab: Pick<Lab, 'id' | 'files'>, answer: string): ReadonlyMap<string, string> {
  return new Map(
    lab.files.map(({ path }) => {
      const own = join(LABS, lab.id, answer, path)
      const file = existsSync(own) ? own : join(LABS, lab.id, 'starter', path)
      return [path, readFileSync(file, 'utf8')]
    }),
  )
}

/** Names of the folders under `wrong/` or `accepted/`. */
export function answerNames(lab: Pick<Lab, 'id'>, kind: 'wrong' | 'accepted'): readonly string[] {
  const folder = join(LABS, lab.id, kind)
  return existsSync(folder) ? readdirSync(folder).sort() : []
}
