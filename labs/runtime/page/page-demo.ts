/**
 * The running demo inside the page's worker: lets virtual time pass at the learner's pace, and does what the learner asks for.
 *
 * ```
 * every 16 ms:  advance by (wall time passed × speed) in slices of at most 8 ms ──> one batch of events ──> a beat
 * ```
 *
 * Slow motion (speed below 1) shows each message as it travels, and would take minutes to get through a silence: when
 * nothing has happened for a moment, it goes on with the next event. A cluster that cannot keep up is shown slower, never
 * jumped ahead. While something asked of a standing cluster is on its way, time passes until it is answered.
 */
import type { SimCluster } from '../../../reference/host/sim/cluster.ts'
import { SimulationLimit } from '../../../reference/host/sim/limits.ts'
import type { TraceEvent } from '../../../reference/host/trace.ts'
import type { CheckContext } from '../../lab.ts'
import { doAction } from '../do-action.ts'
import type { LabAction } from '../runtime.ts'
import { BATCH_EVENTS_MAX, type FromWorker } from './page-messages.ts'

/** What of the platform the demo needs; taken before learner code could touch it. */
export interface Platform {
  wallMs(): number
  /** Resolves after about that many milliseconds. */
  pause(ms: number): Promise<void>
  say(word: FromWorker): void
}

const TICK_MS = 16
const SLICE_MS = 8
const EVENTS_PER_ADVANCE = 20
/** Wall time for which one tick may account; a page that was asleep does not catch up. */
const TICK_ACCOUNTS_MS_MAX = 250
/** A silence in slow motion lasts this long. */
const SILENCE_MS = 400
/** Events of the simulation in one step, until one is found that can be seen. */
const STEP_EVENTS_MAX = 5_000

/** A copy without the bytes, which the page does not show. */
export function withoutPayload(event: TraceEvent): TraceEvent {
  return 'payload' in event ? { ...event, payload: '' } : event
}

/**
 * Listens to a cluster, and stops a node that tells more than `BATCH_EVENTS_MAX` events while it handles one: its log would
 * fill the memory before the watchdog could see that it does not return.
 */
export function listen(cluster: SimCluster, hear: (event: TraceEvent, isFirstOfTurn: boolean) => void): void {
  let turn = 0
  let told = 0
  const take = (event: TraceEvent) => {
    const isFirstOfTurn = cluster.eventCount !== turn
    if (isFirstOfTurn) {
      turn = cluster.eventCount
      told = 0
    }
    if (++told > BATCH_EVENTS_MAX)
      throw new SimulationLimit('recorded', `${event.node} told ${BATCH_EVENTS_MAX} events while it handled one`)
    hear(event, isFirstOfTurn)
  }
  cluster.subscribe(take, { payloads: false }) // the page gets no payloads (`withoutPayload`)
}

export class PageDemo {
  readonly #cluster: SimCluster
  readonly #platform: Platform
  readonly #id: number
  readonly #batch: TraceEvent[] = []
  #isPaused: boolean
  #speed: number
  /** Somebody else computes: a check. */
  #isHeld = false
  #isOver = false
  #acting = 0
  #virtualMs = 0
  #pace: 'running' | 'paused' | 'behind' | '' = ''
  #todo: (() => void)[] = []
  readonly #cuts: { heal(): Promise<void> }[] = []
  #seen = 0
  /** Every node that was ever started. */
  readonly #names = new Set<string>()

  /** @param id comes with every batch of events */
  constructor(
    id: number,
    cluster: SimCluster,
    platform: Platform,
    pace: { readonly isPaused: boolean; readonly speed: number },
  ) {
    this.#id = id
    this.#cluster = cluster
    this.#platform = platform
    this.#isPaused = pace.isPaused
    this.#speed = pace.speed
    listen(cluster, (event) => {
      this.#seen++
      if (event.kind === 'node.started') this.#names.add(event.node)
      this.#batch.push(withoutPayload(event))
    })
  }

  /** Tells the lab's story, and goes on until the demo is over. Resolves when the story is told. */
  run(demo: (context: CheckContext) => Promise<void>, context: Omit<CheckContext, 'cluster'>): Promise<void> {
    const told = this.#cluster.driver.attach((cluster) => demo({ ...context, cluster }))
    void this.#loop()
    return told.finally(() => this.#flush())
  }

  setPace(isPaused: boolean, speed: number): void {
    this.#isPaused = isPaused
    this.#speed = speed
  }

  hold(isHeld: boolean): void {
    this.#isHeld = isHeld
  }

  /** Lets time pass to the next event that can be seen. */
  step(): Promise<void> {
    return new Promise((resolve) => {
      this.#todo.push(async () => {
        const before = this.#seen
        for (let i = 0; i < STEP_EVENTS_MAX && this.#seen === before; i++)
          if (!(await this.#cluster.driver.stepEvent())) break
        this.#virtualMs = this.#cluster.nowMs()
        resolve()
      })
    })
  }

  /** Does something to the cluster between two events; resolves with what there is to say. */
  act(action: LabAction): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#todo.push(() => {
        this.#acting++
        const done = () => {
          this.#acting--
          this.#flush() // what happened is known before the answer is
        }
        const acted = { cluster: this.#cluster, names: this.#names, cuts: this.#cuts, admin: () => 'admin' }
        doAction(acted, action).finally(done).then(resolve, reject)
      })
    })
  }

  end(): Promise<void> {
    this.#isOver = true
    return this.#cluster.dispose()
  }

  async #loop(): Promise<void> {
    let lastMs = this.#platform.wallMs()
    let silentMs = 0
    for (let pauseMs = 0; !this.#isOver; pauseMs = TICK_MS) {
      await this.#platform.pause(pauseMs) // the first nodes start at once
      const nowMs = this.#platform.wallMs()
      const passedMs = Math.min(nowMs - lastMs, TICK_ACCOUNTS_MS_MAX)
      lastMs = nowMs
      if (this.#isHeld || this.#isOver) continue
      try {
        for (const todo of this.#todo.splice(0)) await todo()
        if (this.#isPaused && this.#acting === 0) {
          this.#tell('paused')
        } else {
          const { events, isBehind } = await this.#pass(passedMs, nowMs)
          silentMs = events > 0 ? 0 : silentMs + passedMs
          if (this.#speed < 1 && silentMs >= SILENCE_MS) {
            await this.#cluster.driver.stepEvent()
            this.#virtualMs = this.#cluster.nowMs()
            silentMs = 0
          }
          this.#tell(isBehind ? 'behind' : 'running')
        }
      } catch (error) {
        this.#isOver = true
        this.#platform.say({ is: 'ended', sentence: error instanceof Error ? error.message : String(error) })
      }
      this.#flush()
      this.#platform.say({ is: 'beat' })
    }
  }

  /** Lets `passedMs` of the wall's time pass, as far as one slice of work comes. */
  async #pass(passedMs: number, startMs: number): Promise<{ events: number; isBehind: boolean }> {
    this.#virtualMs += passedMs * this.#speed
    const untilMs = Math.floor(this.#virtualMs)
    let events = 0
    for (;;) {
      const advanced = await this.#cluster.driver.advance(EVENTS_PER_ADVANCE, untilMs)
      events += advanced.events
      if (advanced.isIdle || advanced.events === 0) return { events, isBehind: false }
      if (this.#platform.wallMs() - startMs > SLICE_MS) break
    }
    this.#virtualMs = this.#cluster.nowMs()
    return { events, isBehind: true }
  }

  #tell(state: 'running' | 'paused' | 'behind'): void {
    if (state === this.#pace) return
    this.#pace = state
    this.#platform.say({ is: 'pace', state })
  }

  #flush(): void {
    while (this.#batch.length > 0) {
      const events = this.#batch.splice(0, BATCH_EVENTS_MAX)
      this.#platform.say({ is: 'events', demo: this.#id, events, nowMs: Math.floor(this.#cluster.nowMs()) })
    }
  }
}
