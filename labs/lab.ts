/**
 * What a lab is: files to edit, a cluster to run them in, and checks that say which promises hold.
 *
 * A lab is a folder:
 *
 * | file                | holds                                                                             |
 * | ------------------- | --------------------------------------------------------------------------------- |
 * | `lab.ts`            | this description: title, task, files, checks, hints, wrong answers                  |
 * | `starter/`          | the files as the learner first sees them                                            |
 * | `solution/`         | one good answer                                                                     |
 * | `accepted/<name>/`  | other good answers that go another way                                              |
 * | `wrong/<name>/`     | answers that look good and are not, each with the check that must catch it           |
 *
 * A file that an answer does not have is the starter's. Checks are scenarios over `Cluster` and judge only what the hosts
 * observed, so they run unchanged in the page, in real processes and in the grader.
 */
import type { Cluster } from '../reference/host/cluster.ts'

/** A file the learner may change. */
export interface EditableFile {
  /** Its path in the lab, and in a hand-in file. */
  readonly path: string
  /** `module`: TypeScript that takes the place of `replaces`; `config`: text put on a node's disk. */
  readonly kind: 'module' | 'config'
  /** For modules: the file of the reference it stands for. */
  readonly replaces?: string
  /** For modules: files of the reference whose names the workbench lists beside the editor, most useful first. */
  readonly names?: readonly string[]
  /** One line for the list of files. */
  readonly about: string
}

/** What differs from learner to learner, and from seed to seed. Whole numbers and texts only. */
export type Variant = Readonly<Record<string, string | number>>

/** Draws whole numbers from 0 to `below` - 1, the same for the same seed. */
export type Draw = (stream: string, below: number) => number

export interface CheckContext {
  readonly cluster: Cluster
  readonly variant: Variant
  /** The learner's files (starter where he changed nothing). */
  readonly files: ReadonlyMap<string, string>
}

/** What a page says of a check. */
export interface CheckFacts {
  /** Stable: points, hints and grades hang on it. */
  readonly id: string
  readonly title: string
  /** The promise it watches, as a sentence: shown when it breaks. Never says how to keep it. */
  readonly promise: string
  /** Points in hundredths. */
  readonly points: number
}

export interface LabCheck extends CheckFacts {
  /** Throws a ScenarioFailure with the sentence of what happened, or returns. */
  run(context: CheckContext): Promise<void>
}

/** What a page says of a lab: texts and numbers. */
export interface LabFacts {
  readonly id: string
  readonly version: string
  /** Slug of its chapter. */
  readonly chapter: string
  /** Its place among the labs of its chapter, from 1; labs without one come last, by their id. */
  readonly order?: number
  readonly title: string
  /** What the learner reads first: two or three sentences. */
  readonly story: string
  readonly task: string
  readonly files: readonly EditableFile[]
  /** What the answer must keep; each is judged on its own. */
  readonly checks: readonly CheckFacts[]
  /** Texts by check, in the order they are offered. */
  readonly hints: Readonly<Record<string, readonly string[]>>
}

export interface Lab extends LabFacts {
  readonly checks: readonly LabCheck[]
  /** Wrong answers: folder name to the check that must fail, and a word its sentence must hold. */
  readonly wrong: Readonly<Record<string, { readonly caughtBy: string; readonly says: RegExp; readonly why: string }>>
  readonly accepted: readonly string[]
  variant(draw: Draw): Variant
  /** The cluster as the workbench boots it, for the learner to look at and break; runs until the story is visible. */
  readonly demo: (context: CheckContext) => Promise<void>
}
