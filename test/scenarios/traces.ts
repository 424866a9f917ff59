/**
 * `npm run traces`: runs every `test/scenarios/*.txt` and names those whose text has changed; `npm run traces -- --write`
 * rewrites them. Read the difference before it is committed: it is what a reader of the book will see.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../support/stages.ts'
import { runTrace } from '../support/text-trace.ts'
import { wantsWriting } from '../support/wants-writing.ts'

const FOLDER = 'test/scenarios'

/** Every trace file, as a path from the root. */
export function traceFiles(): readonly string[] {
  return readdirSync(join(ROOT, FOLDER))
    .filter((name) => name.endsWith('.txt'))
    .sort()
    .map((name) => `${FOLDER}/${name}`)
}

/** The file as it stands, and as the simulator would write it today. */
export async function bothTexts(path: string): Promise<{ readonly stands: string; readonly told: string }> {
  const stands = readFileSync(join(ROOT, path), 'utf8')
  return { stands, told: await runTrace(stands) }
}

if (import.meta.main) {
  const writes = wantsWriting('traces')
  let changed = 0
  for (const path of traceFiles()) {
    const { stands, told } = await bothTexts(path)
    if (stands === told) continue
    changed++
    if (writes) writeFileSync(join(ROOT, path), told)
    console.log(`${path}: ${writes ? 'written' : 'differs from the run'}`)
  }
  console.log(`${traceFiles().length} traces, ${changed} ${writes ? 'written' : 'differ'}`)
  if (!writes && changed > 0) process.exitCode = 1
}
