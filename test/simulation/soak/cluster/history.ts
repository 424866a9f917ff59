/**
 * What was sent, acknowledged, delivered, owned and committed in one run, and what must hold of it.
 *
 * Evidence is what crossed to the application; who owns a queue and what was committed is what nodes tell about themselves.
 */
import type { Delivery, ProduceResult } from '../../../../reference/host/cluster.ts'
import type { TraceEvent } from '../../../../reference/host/trace.ts'
import { NotedOffsets } from '../mechanism/noted-offsets.ts'
import { Owners, TOPIC } from '../mechanism/stage.ts'
import { demand } from '../violation.ts'

export class History {
  /** Body by key, of everything that anybody tried to send. */
  readonly sent = new Map<string, string>()
  readonly acknowledged = new Map<string, ProduceResult>()
  /** Times each key was delivered. */
  readonly delivered = new Map<string, number>()
  /** Key by place. */
  readonly #places = new Map<string, string>()
  readonly owners = new Owners()
  readonly offsets = new NotedOffsets()
  /** A promise that broke while events were coming in; thrown when somebody looks. */
  #broken: unknown

  answered(key: string, result: ProduceResult): void {
    if (result.status === 'SEND_OK') this.acknowledged.set(key, result)
  }

  hear(event: TraceEvent): void {
    this.#look(() => {
      this.owners.hear(event)
      this.offsets.hear(event)
    })
  }

  /** A message was handed to a consumer. */
  deliver({ key, body, topic, brokerName, queueId, queueOffset }: Omit<Delivery, 'status'>): void {
    if (topic !== TOPIC) return
    this.#look(() => {
      const place = `${brokerName}/${queueId}@${queueOffset}`
      demand(
        this.sent.get(key) === body,
        'invention',
        () => `${key} was delivered as "${body}", sent as "${this.sent.get(key)}"`,
      )
      const before = this.#places.get(place) ?? key
      demand(before === key, 'invention', () => `${place} held ${before}, and now ${key}`)
      this.#places.set(place, key)
      this.delivered.set(key, (this.delivered.get(key) ?? 0) + 1)
      this.offsets.reaches(`${brokerName}/${queueId}`, queueOffset + 1)
    })
  }

  /** Throws what broke so far. */
  look(): void {
    if (this.#broken !== undefined) throw this.#broken
  }

  /** Acknowledged and not delivered yet. */
  missing(): string[] {
    return [...this.acknowledged.keys()].filter((key) => !this.delivered.has(key))
  }

  #look(at: () => void): void {
    try {
      at()
    } catch (error) {
      this.#broken ??= error
    }
  }
}
