/** What the page draws from: a moment of the run, and the runs that the reader has left. */
import { actWords } from '../experiment/commands.ts'
import type { Act, Experiment, Member } from '../experiment/experiment.ts'
import type { PlayState } from '../run/state.ts'
import type { Row } from '../run/tape.ts'
import type { Chronicle } from './chronicle.ts'
import type { History } from './history.ts'

/** A run that the reader has left. */
export interface LeftRun {
  readonly title: string
  readonly experiment: Experiment
  readonly rows: readonly Row[]
}

/** The run behind the one that is shown, with all that the page knows of it. */
export interface Ghost extends LeftRun {
  readonly history: History
  readonly chronicle: Chronicle
}

/** All that the page draws from. */
export interface Frame {
  readonly atMs: number
  readonly headMs: number
  readonly state: PlayState
  readonly cast: readonly Member[]
  readonly rows: readonly Row[]
  /** What has happened, up to the end of the run. */
  readonly chronicle: Chronicle
}

/** What a run is called that nobody has acted on yet. */
export function runTitle({ title }: Experiment): string {
  return title || 'the run as it came'
}

/** What a run is called in which something was done last. */
export function actName(act: Act, experiment: Experiment): string {
  return `${actWords(act, experiment)} at ${(act.atMs / 1_000).toFixed(1)} s`
}
