/**
 * Reports of other machines, looked at before their runs are taken: all shares of one class, each once, of the same assignment,
 * judged with the same code.
 *
 * What a report is of stands in its `run.json`. The runs themselves are found by what they depend on (`run-store.ts`), so a
 * wrong report could not give a wrong grade; but a missing one would be made up for by hours of judging, in silence.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { parseShard } from './shard.ts'

/** What `run.json` holds about a report that others may be merged with. */
export interface RunRecord {
  readonly assignment: string
  readonly saltCommitment: string
  readonly labs: readonly { readonly lab: string; readonly version: string; readonly engineSha256: string }[]
  readonly isHidden: boolean
}

const text = z.string().max(200)
const record = z.object({
  format: z.literal('glassmq-run/1'),
  assignment: text,
  saltCommitment: text,
  labs: z.array(z.object({ lab: text, version: text, engineSha256: text })).max(100),
  isHidden: z.boolean(),
  shard: text.optional(),
})

/** Throws an Error of one sentence when the reports in the folders `outs` are not those of one class that `wanted` describes. */
export function checkMerged(outs: readonly string[], wanted: RunRecord): void {
  if (outs.length === 0) return
  const found = outs.map((out) => ({ out, ...read(out) }))
  for (const { out, assignment, saltCommitment, labs, isHidden } of found) {
    if (assignment !== wanted.assignment)
      throw new Error(`--merge ${out} is of the assignment "${assignment}"; this is "${wanted.assignment}"`)
    if (saltCommitment !== wanted.saltCommitment)
      throw new Error(
        `--merge ${out} was graded with another salt: the assignment "${assignment}" was made anew in between`,
      )
    if (isHidden !== wanted.isHidden)
      throw new Error(
        `--merge ${out} was graded ${isHidden ? 'with' : 'without'} hidden runs, and this is ${wanted.isHidden ? 'with' : 'without'} them: give the secret in both, or --public-only in both`,
      )
    const other = wanted.labs.find(({ lab, engineSha256 }) => !labs.some((one) => one.lab === lab && one.engineSha256 === engineSha256)) // biome-ignore format: one thought
    if (other !== undefined)
      throw new Error(
        `--merge ${out} was judged with other code of lab "${other.lab}": use one version of GlassMQ on all machines`,
      )
  }
  checkShares(found)
}

function checkShares(found: readonly { readonly out: string; readonly shard?: string | undefined }[]): void {
  const [first] = found
  if (first!.shard === undefined) {
    if (found.length > 1)
      throw new Error(`--merge ${first!.out} is a report of the whole class: merge it alone, or reports of shares`)
    return
  }
  const { n } = parseShard(first!.shard)
  const of = new Map<number, string>()
  for (const { out, shard } of found) {
    const share = shard === undefined ? undefined : parseShard(shard)
    if (share?.n !== n)
      throw new Error(`--merge ${first!.out} is share ${first!.shard}, and ${out} is ${shard ?? 'no share'}: all must be shares of ${n}`) // biome-ignore format: one sentence
    const twin = of.get(share.k)
    if (twin !== undefined) throw new Error(`--merge ${twin} and ${out} are both share ${shard}: give each share once`)
    of.set(share.k, out)
  }
  const missing = Array.from({ length: n }, (_, i) => i + 1).filter((k) => !of.has(k))
  if (missing.length > 0)
    throw new Error(
      `--merge lacks share ${missing.slice(0, 10).map((k) => `${k}/${n}`).join(', ')}: give the report of each share`, // biome-ignore format: one sentence
    )
}

function read(out: string): z.infer<typeof record> {
  let content: string
  try {
    content = readFileSync(join(out, 'run.json'), 'utf8')
  } catch {
    throw new Error(`--merge ${out} has no run.json: its grading has not ended, or it is no report`)
  }
  try {
    return record.parse(JSON.parse(content))
  } catch {
    throw new Error(`--merge ${out}: its run.json is not one that this version writes: grade that share again`)
  }
}
