/**
 * The runs behind one page: the run that the reader is in, which stands at its end and goes on when he plays, and a second one that
 * repeats a stretch far back, when he asks for it. In the page both are in a worker; nothing here knows of it.
 */
import { type Decoded, recordFields } from '../../figures/kit/bytes.ts'
import { type Act, type Experiment, withAct } from '../experiment/experiment.ts'
import { PlayRun } from './play-run.ts'
import { Recorder } from './recorder.ts'
import type { Place } from './remembered.ts'
import { copyState, emptyState, fold, type PlayState } from './state.ts'
import type { Chunk, Row, TapeItem } from './tape.ts'

/** A record of the followed message, with its fields. */
export interface StoredBytes extends Place {
  /** Undefined when the bytes cannot be read at the end of the run. */
  readonly decoded: Decoded | undefined
}

/** A run with its recorder. */
export class Recorded {
  readonly run: PlayRun
  readonly recorder: Recorder

  constructor(experiment: Experiment) {
    this.recorder = new Recorder((name) => this.run.member(name))
    this.run = new PlayRun(experiment, (event) => this.recorder.hear(event))
  }

  /** Goes on until `untilMs`, or as far as `mayGoOn` lets it. */
  async advance(untilMs: number, mayGoOn?: () => boolean): Promise<Chunk> {
    const fromMs = this.run.nowMs
    const toMs = await this.run.advance(untilMs, mayGoOn)
    this.recorder.rows.pass(toMs)
    return { fromMs, toMs, items: this.recorder.take(), rows: this.recorder.rows.take() }
  }

  /** Does something now, and lets everything happen that follows at the same millisecond. */
  act(act: Act): Promise<Chunk> {
    this.run.act(act)
    return this.advance(this.run.nowMs)
  }

  /** The records of a message, those that are gone, too. */
  async bytes(key: string): Promise<readonly StoredBytes[]> {
    const found: StoredBytes[] = []
    for (const place of this.recorder.placesOf(key)) found.push({ ...place, decoded: await this.#decoded(place) })
    return found
  }

  /** What lies at the place of a record now; another record may lie there when it is gone. */
  async #decoded({ broker, physicalOffset, sizeBytes, goneMs }: Place): Promise<Decoded | undefined> {
    if (goneMs !== undefined) return undefined
    const bytes = await this.run.recordBytes(broker, physicalOffset, sizeBytes)
    const isWhole =
      bytes?.length === sizeBytes && new DataView(bytes.buffer, bytes.byteOffset).getInt32(0) === sizeBytes
    return isWhole ? { bytes: bytes!, fields: recordFields(bytes!), fault: '' } : undefined
  }
}

/** A stretch far back, repeated. */
export interface Repeat {
  /** The state at its beginning. */
  readonly state: PlayState
  readonly items: readonly TapeItem[]
}

/** A page's runs. */
export class Session {
  #experiment: Experiment
  #head: Recorded
  #back: { readonly recorded: Recorded; readonly state: PlayState } | undefined

  constructor(experiment: Experiment) {
    this.#experiment = experiment
    this.#head = new Recorded(experiment)
  }

  get experiment(): Experiment {
    return this.#experiment
  }

  get hash(): string {
    return this.#head.run.hash()
  }

  advance(untilMs: number, mayGoOn?: () => boolean): Promise<Chunk> {
    return this.#head.advance(untilMs, mayGoOn)
  }

  /** Does something at the end of the run: it needs no second run. */
  act(act: Act): Promise<Chunk> {
    const { nowMs } = this.#head.run
    this.#experiment = withAct(this.#experiment, { ...act, atMs: nowMs })
    // the act as the experiment has it, with all its fields: what a link would do
    return this.#head.act(this.#experiment.acts.findLast(({ atMs }) => atMs === nowMs)!)
  }

  /** Repeats `fromMs` to `toMs`. `onProgress` hears the share of the way. */
  async repeat(
    fromMs: number,
    toMs: number,
    onProgress: (share: number) => void,
    isWanted: () => boolean,
  ): Promise<Repeat | undefined> {
    if (this.#back === undefined || this.#back.recorded.run.nowMs >= fromMs) {
      void this.#back?.recorded.run.dispose()
      this.#back = { recorded: new Recorded(this.#experiment), state: emptyState() }
    }
    const { recorded, state } = this.#back
    const beganMs = recorded.run.nowMs
    // what happens at the first millisecond belongs to the stretch
    for (let atMs = beganMs; atMs < fromMs - 1; ) {
      atMs = Math.min(fromMs - 1, atMs + REPEAT_STEP_MS)
      for (const item of (await recorded.advance(atMs)).items) fold(state, item)
      onProgress((atMs - beganMs) / Math.max(1, toMs - beganMs))
      if (!isWanted()) return undefined
    }
    const start = copyState(state)
    const { items } = await recorded.advance(toMs)
    for (const item of items) fold(state, item)
    return { state: start, items }
  }

  bytes(key: string): Promise<readonly StoredBytes[]> {
    return this.#head.bytes(key)
  }

  async dispose(): Promise<void> {
    await this.#head.run.dispose()
    await this.#back?.recorded.run.dispose()
  }
}

const REPEAT_STEP_MS = 2_000

/** Runs an experiment to a moment, all at once: for tests, and for `mq replay`. */
export async function runTo(
  experiment: Experiment,
  untilMs: number,
): Promise<{ state: PlayState; rows: readonly Row[]; hash: string }> {
  const recorded = new Recorded(experiment)
  const state = emptyState()
  const rows: Row[] = []
  for (let atMs = 0; atMs < untilMs; ) {
    atMs = Math.min(untilMs, atMs + 10_000)
    const chunk = await recorded.advance(atMs)
    for (const item of chunk.items) fold(state, item)
    rows.push(...chunk.rows)
  }
  const hash = recorded.run.hash()
  await recorded.run.dispose()
  return { state, rows, hash }
}
