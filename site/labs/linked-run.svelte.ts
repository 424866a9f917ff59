/// <reference types="svelte" />
/**
 * A run that somebody has handed over, by a link (`#run=…`) or a file: it is made again here, with the files that came with
 * it, and the learner's own files stay as they are until he takes the others.
 */
import type { ReadRun, RunOfCheck } from '../../labs/grader/schema/run-link.ts'
import type { CheckFacts } from '../../labs/lab.ts'
import { messageOf } from '../../labs/runtime/failure-texts.ts'
import type { LabSession } from './session.svelte.ts'

export class LinkedRun {
  readonly #session: LabSession
  /** The run that is looked at. */
  run = $state.raw<RunOfCheck | undefined>(undefined)
  /** Why it cannot be, or what to know of it: a sentence. */
  said = $state('')

  constructor(session: LabSession, read: ReadRun | undefined) {
    this.#session = session
    if (read !== undefined) this.#take(read)
  }

  /** The check that the run is of. */
  get check(): CheckFacts | undefined {
    return this.#session.lab.checks.find(({ id }) => id === this.run?.check)
  }

  /** Takes the text of a file in place of a link, and makes its run. */
  async openText(text: string): Promise<void> {
    const { readRun } = await import('../../labs/grader/schema/run-link.ts')
    this.#take(readRun(text))
    if (this.run !== undefined) await this.make()
  }

  /** Makes the run, and shows it. */
  async make(): Promise<void> {
    const { run, check } = this
    if (run === undefined || check === undefined) return
    const runtime = await this.#session.started()
    if (runtime === undefined) return
    const { work } = this.#session
    try {
      const { errors } = await runtime.load(new Map([...work.starter, ...Object.entries(run.files)]))
      if (errors.length > 0) throw new Error(`${errors[0]!.path} line ${errors[0]!.line}: ${errors[0]!.text}`)
      this.#session.show(check, await runtime.check(check.id, run.seed, run.schedule))
    } catch (error) {
      this.said = `The run cannot be made: ${messageOf(error)}.`
    } finally {
      // what runs next is the learner's own code again
      await runtime.load(work.files).catch(() => {})
    }
  }

  /** Puts the files of the run into the editor; what was there is kept among the versions. */
  async takeFiles(): Promise<void> {
    // a file that the run does not bring is the starter's there
    for (const [path, text] of new Map([...this.#session.work.starter, ...Object.entries(this.run?.files ?? {})]))
      await this.#session.work.applyRun(path, text)
    this.leave()
    this.#session.said = 'The code of the run is in the editor; your own is among the versions.'
  }

  /** Back to the learner's own code; a sentence that is closed leaves the cluster as it runs. */
  leave(): void {
    const wasShown = this.run !== undefined
    this.run = undefined
    this.said = ''
    if (wasShown) void this.#session.restartDemo()
  }

  #take(read: ReadRun): void {
    const { lab } = this.#session
    this.run = undefined
    if (read.run === undefined) this.said = `This run cannot be opened: ${read.fault}.`
    else if (read.run.lab !== lab.id) this.said = `This run is of the lab ${read.run.lab}, not of this one.`
    else if (!lab.checks.some(({ id }) => id === read.run.check))
      this.said = `This run is of a check that the lab does not have: ${read.run.check}.`
    else {
      this.run = read.run
      this.said =
        read.run.version === lab.version
          ? ''
          : `It was made with version ${read.run.version} of the lab, and this is ${lab.version}: it may go another way here.`
    }
  }
}
