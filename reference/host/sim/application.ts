/**
 * The application of the nodes of a simulated cluster. The application calls nodes, and answers the texts from nodes.
 *
 * ```
 * script ── call ─► node                node ── handed ─► application ── replied ─► node
 *        ◄─ answered ──                                   (what the script decides)
 * ```
 *
 * Each step is a separate event at the same virtual time. A call fails when its time limit is reached, or when its node ends
 * before the answer.
 */
import { answerObject, type Delivery, type DeliveryDecision, type NodeExit } from '../cluster.ts'
import { CALL_WITHIN_MS } from '../limits.ts'
import { parseHandedMessage } from '../processes/script-texts.ts'
import type { NodeLife } from './node-life.ts'
import type { CallId } from './node-port.ts'
import type { ScheduledEvent } from './scheduler.ts'
import type { Simulation } from './simulation.ts'
import type { Waits } from './waits.ts'

interface OpenCall {
  readonly life: NodeLife
  readonly name: string
  readonly resolve: (text: string) => void
  readonly reject: (error: Error) => void
  readonly limit: ScheduledEvent
}

/** The application of every node of one simulated cluster. */
export class SimApplication {
  /** All messages that were delivered to applications so far, in order. */
  readonly deliveries: Delivery[] = []
  /** Returns the answer to a delivered message. */
  decide: DeliveryDecision = () => 'CONSUME_SUCCESS'
  /** The functions that answer other texts from a node, by the name of the text. */
  readonly deciders = new Map<string, (node: string, text: string) => string>()
  readonly #simulation: Simulation
  readonly #waits: Waits
  readonly #calls = new Map<CallId, OpenCall>()

  constructor(simulation: Simulation, waits: Waits) {
    this.#simulation = simulation
    this.#waits = waits
  }

  /**
   * Calls the program of a node. Resolves with the text of the answer. Rejects with an Error with one sentence when the call
   * fails.
   */
  call(node: string, name: string, text: string): Promise<string> {
    const life = this.#simulation.nodes.get(node)?.life
    if (life === undefined) return refuse(`cannot call ${name} of ${node}: it is not running`)
    const { scheduler, trace } = this.#simulation
    const id = this.#simulation.nextCall()
    return this.#waits.promise((resolve, reject) => {
      const limit = scheduler.at(scheduler.nowMs + CALL_WITHIN_MS, () => {
        this.#calls.delete(id)
        reject(new Error(`${node} did not answer ${name} within ${CALL_WITHIN_MS} ms`))
      })
      this.#calls.set(id, { life, name, resolve, reject, limit })
      scheduler.at(scheduler.nowMs, () =>
        life.dispatch(() => {
          const n = trace.observe?.('app.called', node, 0, { call: id, name, text }) ?? 0
          life.handle(n, () => life.events.called(id, name, text))
        }),
      )
    })
  }

  /** Called when a node has answered a call. Settles the promise of the call. */
  answered(life: NodeLife, id: CallId, result: string, error: string): void {
    const call = this.#calls.get(id)
    if (call === undefined || call.life !== life) return
    this.#calls.delete(id)
    const { scheduler, trace } = this.#simulation
    scheduler.cancel(call.limit)
    trace.observe?.('app.answered', life.name, trace.context, { call: id, name: call.name, text: result, error })
    if (error === '') call.resolve(result)
    else call.reject(new Error(error))
  }

  /** Called when a node has ended. The open calls of this node fail. */
  ended(life: NodeLife, { how, reason }: NodeExit): void {
    for (const [id, call] of this.#calls) {
      if (call.life !== life) continue
      this.#calls.delete(id)
      this.#simulation.scheduler.cancel(call.limit)
      const why = `${how}${reason === '' ? '' : `: ${reason}`}`
      call.reject(new Error(`${life.name} ended (${why}) before it answered ${call.name}`))
    }
  }

  /**
   * Answers a text from a node. A text with the name `message` is a message for a consumer. Any other text is answered by
   * the function in `deciders`.
   */
  handed(life: NodeLife, call: CallId, name: string, text: string): void {
    const { scheduler, trace } = this.#simulation
    const n = trace.observe?.('app.handed', life.name, trace.context, { call, name, text }) ?? 0
    scheduler.at(scheduler.nowMs, () => {
      const reply =
        name === 'message' ? this.#consume(life.name, text) : (this.deciders.get(name)?.(life.name, text) ?? '{}')
      const replied = trace.observe?.('app.replied', life.name, n, { call, name, text: reply }) ?? 0
      life.dispatch(() => life.handle(replied, () => life.events.replied(call, reply)))
    })
  }

  /** Acts as the application of a consumer. Records the message and returns the answer that `decide` chooses. */
  #consume(node: string, text: string): string {
    const message = parseHandedMessage(text)
    if (message === undefined) return '{"status":"RECONSUME_LATER"}'
    const delivery = { atMs: this.#simulation.scheduler.nowMs, node, ...message }
    const answer = answerObject(this.decide(delivery))
    this.deliveries.push({ ...delivery, status: answer.status })
    return JSON.stringify(answer)
  }
}

/**
 * Returns a promise that is rejected with `sentence`. A caller may ignore this promise, because it never counts as an
 * unhandled rejection.
 */
export function refuse(sentence: string): Promise<never> {
  const refused = Promise.reject(new Error(sentence))
  refused.catch(() => {})
  return refused
}
