/**
 * What the rows check, as sentences: each failure says what a user would notice, with the first offending message.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ConsumeResult, ProduceResult, ReceivedMessage, SentMessage } from './messages.ts'

/** Throws `sentence` unless `condition` holds. */
export function expectThat(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new Error(sentence)
}

/** Every send was acknowledged. */
export function expectAllSent(result: ProduceResult, count: number): void {
  expectThat(
    result.sent === count && result.failed === 0,
    `${result.sent} of ${count} sends were acknowledged, ${result.failed} failed; first failure: ${result.firstFailure}`,
  )
}

/** Every sent message arrived exactly once, unaltered, from the place the broker had named, and none was retried. */
export function expectExactlyOnce(who: string, sent: readonly SentMessage[], result: ConsumeResult): void {
  expectArrived(who, sent, result)
  expectThat(result.duplicates === 0, `${who} got ${result.duplicates} messages twice`)
  expectThat(result.retried === 0, `${who} got ${result.retried} messages as retries`)
  expectThat(result.received === sent.length, `${who} got ${result.received} deliveries of ${sent.length} messages`)
}

/** Every sent message arrived at least once, unaltered, and nothing else did. */
export function expectArrived(who: string, sent: readonly SentMessage[], result: ConsumeResult): void {
  const byKey = new Map(result.messages.map((message) => [message.key, message]))
  const missing = sent.filter((message) => !byKey.has(message.key))
  expectThat(
    missing.length === 0,
    `${who} never got ${missing.length} of ${sent.length} messages, such as ${missing[0]?.key}`,
  )
  expectThat(byKey.size === sent.length, `${who} got ${byKey.size} different messages, ${sent.length} were sent`)
  for (const message of sent) expectSame(who, message, byKey.get(message.key) as ReceivedMessage)
}

function expectSame(who: string, sent: SentMessage, received: ReceivedMessage): void {
  expectThat(received.bodyCrc32 === sent.bodyCrc32, `${who} got ${sent.key} with another body than was sent`)
  const idsDiffer = Boolean(sent.msgId) && received.msgId !== sent.msgId
  expectThat(!idsDiffer, `${who} got ${sent.key} with the id ${received.msgId}, it was sent with ${sent.msgId}`)
  expectThat((received.tags ?? '') === (sent.tags ?? ''), `${who} got ${sent.key} with the tag ${received.tags}`)
  if (sent.queueOffset === undefined || received.reconsumeTimes > 0) return
  const place = `${received.queueId}@${received.queueOffset}`
  expectThat(
    place === `${sent.queueId}@${sent.queueOffset}`,
    `${who} got ${sent.key} from ${place}, the producer was told ${sent.queueId}@${sent.queueOffset}`,
  )
}

/** How long to wait for what needs a rebalance or two. */
const WAIT_MS = 60_000

/**
 * Looks every 50 ms until `holds`.
 *
 * @throws {Error} when it does not within `limitMs`
 */
export async function waitFor(what: string, holds: () => boolean | Promise<boolean>, limitMs = WAIT_MS): Promise<void> {
  const until = performance.now() + limitMs
  while (!(await holds())) {
    expectThat(performance.now() < until, `waited ${limitMs / 1000} s in vain until ${what}`)
    await sleep(50)
  }
}
