/// <reference types="svelte" />
/**
 * One visit to a lab: the learner's files, the runtime, the verdicts, and what the panes show of them.
 * Panes read fields and call methods; nothing else talks to the runtime or to the drafts.
 */

import type { RunResult } from '../../labs/judge/run-check.ts'
import { demoSeed } from '../../labs/judge/seeds.ts'
import type { CheckFacts, LabFacts } from '../../labs/lab.ts'
import type { LabNames } from '../../labs/names.ts'
import { failureOf, messageOf } from '../../labs/runtime/failure-texts.ts'
import {
  type LabAction,
  type LabEvent,
  type LabRuntime,
  RuntimeFailure,
  type RuntimeKind,
} from '../../labs/runtime/runtime.ts'
import type { TraceEvent } from '../../reference/host/trace.ts'
import type { ClusterView } from '../figures/kit/live/cluster-view.ts'
import { readState, writeState } from '../lib/reader-state.ts'
import { LabConsole, tooEarlyNote } from './console.svelte.ts'
import { DemoLog, isMark } from './demo-log.svelte.ts'
import type { Given } from './given.ts'
import { type LabTexts, LearnerFiles } from './learner-files.svelte.ts'
import { LinkedRun } from './linked-run.svelte.ts'
import { LabProgress } from './progress.svelte.ts'
import { RunMarker } from './run-marker.ts'
import { fetchNames, makeRuntime, offeredRuntimes, type RuntimeSite } from './runtimes.ts'
import { Seat } from './seat.ts'
import { Verdicts } from './verdicts.svelte.ts'

/** Virtual time beside the wall's while the ending is told. */
const ENDING_SPEED = 10

export class LabSession {
  readonly lab: LabFacts
  readonly work: LearnerFiles
  readonly progress: LabProgress
  readonly offered = offeredRuntimes()

  kind = $state<RuntimeKind>('page')
  boot = $state.raw<{ readonly state: 'starting' | 'ready' | 'failed' | 'held'; readonly text: string }>({
    state: 'starting',
    text: '',
  })
  failure = $state.raw<RuntimeFailure | undefined>(undefined)
  pace = $state<'running' | 'paused' | 'behind'>('running')
  speed = $state(0.01)
  isPaused = $state(false)
  /** The story of the demo is being told. */
  isTelling = $state(false)
  readonly log = new DemoLog((count) => {
    if (this.place !== undefined) this.place = Math.max(0, this.place - count)
  })
  /** Place of the time bar in the log that is shown; undefined: at the end, live. */
  place = $state<number | undefined>(undefined)
  /** A check's run that is looked at in place of the demo. */
  shown = $state.raw<
    { readonly check: CheckFacts; readonly events: readonly TraceEvent[]; readonly result: RunResult } | undefined
  >(undefined)

  /** What was done last, for people who cannot see it. */
  said = $state('')
  /** The assignment that the page was opened with. */
  readonly assigned: Given['assigned']
  readonly verdicts: Verdicts
  /** The run that the page was opened with. */
  readonly linked: LinkedRun
  readonly console = new LabConsole((text) => {
    this.said = text
  })
  /** Names that each file may use; undefined until they are fetched. */
  names = $state.raw<Readonly<Record<string, LabNames>> | undefined>(undefined)
  /** Another tab edits this lab. */
  isElsewhere = $state(false)
  readonly #site: RuntimeSite
  readonly #marker: RunMarker
  #seat: Seat | undefined
  #runtime: LabRuntime | undefined
  #aborting = new AbortController()
  #telling = 0
  #isIosAllowed = false

  constructor(lab: LabFacts, texts: LabTexts, site: RuntimeSite, given: Given) {
    this.lab = lab
    this.work = new LearnerFiles(lab, texts, (text) => {
      this.said = text
    })
    this.progress = new LabProgress(lab)
    this.assigned = given.assigned
    this.verdicts = new Verdicts(lab, this.assigned.assignment)
    this.linked = new LinkedRun(this, given.run)
    this.#marker = new RunMarker(lab.id)
    this.#site = site
  }

  // ---- opening -----------------------------------------------------------------------------------------------------

  /** Reads what is kept of this lab, and starts the runtime. `wanted` comes from the address. */
  async open(wanted: string | null): Promise<void> {
    this.#seat = new Seat(`lab:${this.lab.id}`, (isOurs) => void this.#seated(isOurs))
    this.isElsewhere = !(await this.#seat.take())
    this.progress.read()
    await this.work.open()
    this.verdicts.restore()
    void fetchNames(this.#site.labsUrl, this.lab.id).then((names) => {
      this.names = names
    })
    this.kind = this.offered.find((kind) => kind === (wanted ?? readState('runtime')?.['kind'])) ?? 'page'
    if (!this.isElsewhere && this.#marker.isSet) {
      this.boot = {
        state: 'held',
        text: 'The last run ended badly: it closed this page. So the lab is open and no node has been started. Your code is saved; mend it, then press Check or start the nodes.',
      }
      return
    }
    await (this.linked.run === undefined ? this.startRuntime(this.kind) : this.linked.make())
  }

  /** Starts a runtime in place of the one before, and the demo in it. */
  async startRuntime(kind: RuntimeKind, isIosAllowed = this.#isIosAllowed): Promise<void> {
    if (await this.#boot(kind, isIosAllowed)) await this.restartDemo()
  }

  /** Starts a runtime with nothing in it; false when it did not start, which is said. */
  async #boot(kind: RuntimeKind, isIosAllowed = this.#isIosAllowed): Promise<boolean> {
    this.#aborting.abort()
    this.#aborting = new AbortController()
    this.#isIosAllowed = isIosAllowed
    this.kind = kind
    this.failure = undefined
    this.boot = { state: 'starting', text: 'Starting…' }
    const aborting = this.#aborting
    try {
      if (this.#runtime?.kind !== kind || kind !== 'page') {
        await this.#runtime?.dispose()
        this.#runtime = await makeRuntime(kind, this.lab, { ...this.#site, isIosAllowed }).catch((error: unknown) => {
          throw failureOf(navigator.onLine ? 'client-load' : 'offline', [messageOf(error)])
        })
        this.#runtime.subscribe((event) => this.#hear(event))
      }
      await this.#runtime.start({
        signal: aborting.signal,
        onStep: ({ text }) => {
          this.boot = { state: 'starting', text }
        },
      })
    } catch (error) {
      if (!aborting.signal.aborted) this.#fail(error)
      return false
    }
    writeState('runtime', { kind })
    this.boot = { state: 'ready', text: '' }
    this.#setPace()
    return true
  }

  /** The runtime, started when it does not run; undefined when it did not start, which is said. */
  async started(): Promise<LabRuntime | undefined> {
    return this.boot.state === 'ready' || (await this.#boot(this.kind)) ? this.#runtime : undefined
  }

  /** Ends everything; for the end of the page. */
  close(): void {
    this.#mark(false)
    this.#seat?.leave()
    this.#aborting.abort()
    void this.#runtime?.dispose()
    this.work.close()
  }

  /** A page that is not seen does not run: time stands until it is seen again. */
  setVisible(isVisible: boolean): void {
    if (this.boot.state === 'ready') this.#mark(isVisible)
    if (this.isPaused) return
    if (isVisible) this.#runtime?.time?.resume()
    else this.#runtime?.time?.pause()
  }

  /** Makes this tab the one that edits. */
  takeOver(): void {
    void this.#seat?.take(true)
  }

  /** The other tab has taken over, or this one: then the texts are read again, as the other one left them. */
  async #seated(isOurs: boolean): Promise<void> {
    this.isElsewhere = !isOurs
    this.said = isOurs ? 'This tab edits now.' : 'Another tab edits now.'
    if (isOurs) await this.work.read()
  }

  get sourceUrl(): string {
    return this.#site.labsUrl.replace(/labs\/$/, 'source/')
  }

  // ---- the demo ----------------------------------------------------------------------------------------------------

  /** Boots the cluster anew with the files as they are now. */
  async restartDemo(): Promise<void> {
    const runtime = this.#runtime
    if (runtime === undefined) return
    if (this.boot.state !== 'ready') return this.startRuntime(this.kind)
    const { errors } = await runtime.load(this.work.files)
    if (errors.length > 0) {
      this.console.say('error', `${errors[0]!.path} line ${errors[0]!.line}: ${errors[0]!.text}`)
      return
    }
    this.place = undefined
    this.shown = undefined
    this.work.isStale = false
    this.work.thrown = []
    this.isTelling = true
    this.#mark(true)
    const telling = ++this.#telling
    try {
      this.log.clear()
      await runtime.demo(demoSeed(this.lab.id))
      if (telling === this.#telling) this.said = 'The story is told; the cluster runs on.'
    } catch (error) {
      // a story that another one took the place of has nothing more to say
      if (telling === this.#telling && !(error instanceof RuntimeFailure)) this.console.say('error', messageOf(error))
    } finally {
      if (telling === this.#telling) this.isTelling = false
    }
  }

  /** Does something to the cluster, and says in the console what came of it. */
  async act(action: LabAction, words: string): Promise<void> {
    this.show(undefined)
    this.console.say('asked', words)
    try {
      const answer = await this.#runtime!.act(action)
      this.console.say('answer', answer === '' ? '(no output)' : answer)
    } catch (error) {
      this.console.say('error', messageOf(error))
    }
    if (action.do !== 'admin') return
    const note = tooEarlyNote(this.isTelling, this.#lastStep)
    if (note !== '') this.console.say('note', note)
    this.console.hasLooked = true
  }

  /** The name of a running node of a program. */
  nodeOf(program: string): string | undefined {
    return this.#runtime?.nodes.find((node) => node.program === program && node.state === 'running')?.name
  }

  get topic(): string {
    return this.#site.topic ?? ''
  }

  get canControlTime(): boolean {
    return this.kind === 'page'
  }

  setPaused(isPaused: boolean): void {
    this.isPaused = isPaused
    if (!isPaused) this.place = undefined
    this.#setPace()
  }

  /** The demo once more, at a pace at which the orders are home in a moment. */
  async #tellEnding(): Promise<void> {
    this.show(undefined)
    this.isPaused = false
    if (this.canControlTime) this.speed = Math.max(this.speed, ENDING_SPEED)
    this.#setPace()
    await this.restartDemo()
  }

  /** All checks passed, and the texts are still those that were judged. */
  get isSolved(): boolean {
    return this.verdicts.haveAllPassed && this.verdicts.isOf(this.work.files)
  }

  setSpeed(speed: number): void {
    this.speed = speed
    this.#setPace()
  }

  async step(): Promise<void> {
    if (this.shown !== undefined || (this.place !== undefined && this.place < this.shownCount)) {
      this.place = Math.min(this.shownCount, (this.place ?? 0) + 1)
      return
    }
    this.setPaused(true)
    this.place = undefined
    await this.#runtime?.time?.step().catch(() => {})
  }

  /** Moves the time bar; time of the cluster itself stands meanwhile. */
  scrub(place: number): void {
    if (this.shown === undefined && !this.isPaused && this.canControlTime) {
      this.isPaused = true
      this.#setPace()
    }
    this.place = place
  }

  /** Shows a check's run in place of the demo, or the demo again. */
  show(check: CheckFacts | undefined, run = check === undefined ? undefined : this.verdicts.stateOf(check).run): void {
    if (check === undefined || run === undefined) {
      if (this.shown !== undefined) this.place = undefined
      this.shown = undefined
      return
    }
    this.shown = { check, ...run }
    this.place = run.events.length
    this.said = `The run of “${check.title}” is shown, at its end.`
  }

  /** The last thing that the story of the demo said. */
  get #lastStep(): string {
    const step = this.log.marks.findLast((event) => event.kind === 'script.step')
    return step?.kind === 'script.step' ? step.text : ''
  }

  get shownBase(): ClusterView | undefined {
    return this.shown === undefined ? this.log.base : undefined
  }

  get shownEvents(): readonly TraceEvent[] {
    return this.shown?.events ?? this.log.events
  }

  get shownMarks(): readonly TraceEvent[] {
    return this.shown === undefined ? this.log.marks : this.shown.events.filter(isMark)
  }

  get shownCount(): number {
    return this.shown?.events.length ?? this.log.eventCount
  }

  // ---- checks ------------------------------------------------------------------------------------------------------

  /** Runs every check with the texts as they are; starts the runtime first when it does not run. */
  async runChecks(): Promise<void> {
    if (this.verdicts.running !== undefined || this.boot.state === 'starting') return
    // at once, so that a second press finds the checks running
    this.verdicts.running = { done: 0, of: this.lab.checks.length }
    try {
      const runtime = await this.started()
      if (runtime === undefined) return
      await this.work.keepVersions()
      this.#mark(true)
      this.work.thrown = []
      await runtime.load(this.work.files)
      await this.verdicts.run(runtime, this.work.files)
      this.progress.attempted(this.verdicts.haveAllPassed)
      this.said = this.verdicts.summary
      // all is well: the learner's own code brings the orders home
      if (this.verdicts.haveAllPassed) void this.#tellEnding()
    } catch (error) {
      if (!(error instanceof RuntimeFailure)) this.console.say('error', messageOf(error))
    } finally {
      this.verdicts.running = undefined
    }
  }

  // ------------------------------------------------------------------------------------------------------------------

  #setPace(): void {
    const { time } = this.#runtime ?? {}
    time?.setSpeed(this.speed)
    if (this.isPaused) time?.pause()
    else time?.resume()
  }

  #hear(event: LabEvent): void {
    switch (event.kind) {
      case 'events':
        return this.log.hear(event.events, event.nowMs)
      case 'pace':
        this.pace = event.state
        return
      case 'threw':
        return this.work.heardThrown(event.thrown)
      case 'stopped':
        return this.#fail(event.failure)
    }
  }

  #fail(error: unknown): void {
    this.#mark(false)
    this.failure =
      error instanceof RuntimeFailure ? error : new RuntimeFailure('worker', messageOf(error), ['run-again', 'reload'])
    this.boot = { state: 'failed', text: this.failure.message }
    this.said = this.failure.message
  }

  #mark(isRunning: boolean): void {
    if (!this.isElsewhere) this.#marker.set(isRunning)
  }
}
