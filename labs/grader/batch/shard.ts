/**
 * A share of the learners, for grading on several machines.
 *
 * Whose share a learner is in is a matter of the id alone, so it does not depend on what lies in the folder. A last grading of
 * the whole folder takes the runs of all machines (`withOthers` in `run-store.ts`) and makes none itself.
 */
import { sha256Hex } from '../../judge/seeds.ts'
import type { Intake } from '../intake/intake.ts'

/** The `k`-th of `n` shares, from 1. */
export interface Shard {
  readonly k: number
  readonly n: number
}

/** The most machines. */
export const SHARDS_MAX = 1_000

/** `2/8` as a shard. Throws an Error of one sentence. */
export function parseShard(text: string): Shard {
  const [, k, n] = /^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? []
  const shard = { k: Number(k), n: Number(n) }
  if (k === undefined || shard.k < 1 || shard.k > shard.n || shard.n > SHARDS_MAX)
    throw new Error(`--shard is "${text}"; write which share of how many, such as 2/8`)
  return shard
}

/** What of a folder belongs to a shard; all of it without one. */
export function ofShard(intake: Intake, shard: Shard | undefined): Intake {
  if (shard === undefined) return intake
  const isOurs = (id: string) => Number.parseInt(sha256Hex(id).slice(0, 8), 16) % shard.n === shard.k - 1
  return {
    submissions: intake.submissions.filter(({ learner }) => isOurs(learner)),
    problems: intake.problems.filter(({ learner }) => isOurs(learner)),
    ignored: intake.ignored,
    setAside: intake.setAside,
    files: intake.files.filter(({ learner }) => isOurs(learner)),
    missing: intake.missing.filter(({ id }) => isOurs(id)),
  }
}
