/**
 * The file a learner hands in: his files, and what this page's checks said about them.
 *
 * Who grades runs the checks again, with other seeds; what the page claims is information.
 */

import { filesSha256 } from '../../labs/grader/schema/canonical-json.ts'
import { shortSentence, writeSubmission } from '../../labs/grader/schema/submission.ts'
import type { RunResult } from '../../labs/judge/run-check.ts'
import { sha256Hex } from '../../labs/judge/seeds.ts'
import type { LabFacts } from '../../labs/lab.ts'

export interface HandIn {
  readonly lab: LabFacts
  readonly starter: ReadonlyMap<string, string>
  readonly files: ReadonlyMap<string, string>
  readonly learner: string
  readonly results: readonly RunResult[]
  readonly at: Date
  /** The id of the assignment that the page was opened with. */
  readonly assignment?: string | undefined
}

/** The text of the file. Throws a SubmissionError of one sentence when it would not be accepted. */
export function handInText({ lab, starter, files, learner, results, at, assignment }: HandIn): string {
  return writeSubmission({
    ...(assignment === undefined ? {} : { assignment: { id: assignment } }),
    lab: { id: lab.id, version: lab.version, starterSha256: filesSha256(starter) },
    learner: { id: learner.trim() },
    files: [...files].map(([path, content]) => ({
      path,
      content,
      baseSha256: sha256Hex(starter.get(path) ?? ''),
    })),
    claimed: {
      checks: results.map(({ check, verdict, seed, sentence, trace }) => ({
        id: check,
        verdict,
        seed,
        sentence: shortSentence(sentence),
        trace,
      })),
    },
    client: { exportedAt: at.toISOString() },
  })
}
