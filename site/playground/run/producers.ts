/** What each producer has sent, what it was told, and its errors in a row: plain data, the same however one got there. */
import type { TapeItem } from './tape.ts'

/** Sends that fail within so long of each other belong together, in ms. */
export const TROUBLE_MS = 5_000

/** The sends that have ended since a producer gets errors; all counts are of this one stretch. */
export interface Trouble {
  /** When the first of them failed. */
  readonly sinceMs: number
  /** Sends that have ended, with or without an error. */
  ended: number
  failed: number
  /** Of the failed ones, those that a broker may have stored. */
  unknown: number
}

/** What a producer has sent, and what it was told last. */
export interface ProducerState {
  asked: number
  ok: number
  failed: number
  open: number
  /** When a send was confirmed last, when one failed last, and the first confirmation after that; -1 for never. */
  okMs: number
  failedMs: number
  againMs: number
  /** Its latest errors; undefined for none. */
  trouble: Trouble | undefined
  /** The error of the last send that failed. */
  why: string
}

export function newProducer(): ProducerState {
  return {
    ...{ asked: 0, ok: 0, failed: 0, open: 0, okMs: -1, failedMs: -1, againMs: -1 },
    ...{ trouble: undefined, why: '' },
  }
}

/** A send of a producer has ended: changes `producer` in place. */
export function endSend(producer: ProducerState, item: Extract<TapeItem, { k: 'told' }>): void {
  const { atMs, how, why, outcome } = item
  producer.open = Math.max(0, producer.open - 1)
  const isLater = producer.trouble === undefined || atMs - producer.failedMs > TROUBLE_MS
  if (how !== 'failed') {
    producer.ok++
    producer.okMs = atMs
    if (producer.againMs < producer.failedMs) producer.againMs = atMs
    if (!isLater) producer.trouble!.ended++
    return
  }
  if (isLater) producer.trouble = { sinceMs: atMs, ended: 0, failed: 0, unknown: 0 }
  const trouble = producer.trouble!
  trouble.ended++
  trouble.failed++
  if (outcome === 'unknown') trouble.unknown++
  producer.failed++
  Object.assign(producer, { failedMs: atMs, why })
}
