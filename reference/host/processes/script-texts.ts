/**
 * The JSON texts that a script exchanges with the programs of its nodes. These texts are the same in every runtime.
 *
 * | name of the call | text                               | answer                        |
 * | ------------ | -------------------------------------- | ----------------------------- |
 * | `send`       | a `ScriptMessage`                      | a `ProduceResult`             |
 * | `admin`      | the command as an array of strings      | the text that the command printed |
 * | `message`    | a `Delivery` without atMs, node, status | `{"status":"CONSUME_SUCCESS"}` |
 * | `executeLocalTransaction`, `checkLocalTransaction` | {group, topic, key, body, msgId} | `{"state":"COMMIT_MESSAGE","afterMs":0}` |
 *
 * A learner may have written the program. So every text from a program is checked before a script receives the text.
 */
import type { Cluster, Delivery, ProduceResult, ScriptMessage } from '../cluster.ts'

/** The fields of a message that a program passes to its application. */
export type HandedMessage = Omit<Delivery, 'atMs' | 'node' | 'status'>

/** Returns the result of a send that failed. */
export function failedProduce(error: string): ProduceResult {
  return { status: 'FAILED', msgId: '', brokerName: '', queueId: -1, queueOffset: -1, error }
}

/**
 * Sends one message with the call `send` to a producer node. Never rejects. After a failed call, the result has the status
 * `FAILED`.
 */
export async function produceBy(
  cluster: Pick<Cluster, 'call'>,
  node: string,
  message: ScriptMessage,
): Promise<ProduceResult> {
  try {
    return parseProduceResult(node, await cluster.call(node, 'send', JSON.stringify(message)))
  } catch (error) {
    return failedProduce(error instanceof Error ? error.message : String(error))
  }
}

/** Reads the answer of a producer. Returns a result with status `FAILED` when the answer is not a JSON object. */
export function parseProduceResult(node: string, text: string): ProduceResult {
  const value = parseObject(text)
  if (value === undefined)
    return failedProduce(`${node} answered send with something that is no result: ${text.slice(0, 200)}`)
  return {
    status: textOf(value['status'], 'FAILED'),
    msgId: textOf(value['msgId'], ''),
    brokerName: textOf(value['brokerName'], ''),
    queueId: numberOf(value['queueId'], -1),
    queueOffset: numberOf(value['queueOffset'], -1),
    error: textOf(value['error'], ''),
  }
}

/** Reads a message that a consumer passed to its application. Returns undefined when the text is not a message. */
export function parseHandedMessage(text: string): HandedMessage | undefined {
  const value = parseObject(text)
  if (value === undefined || typeof value['topic'] !== 'string') return undefined
  return {
    group: textOf(value['group'], ''),
    topic: value['topic'],
    key: textOf(value['key'], ''),
    body: textOf(value['body'], ''),
    msgId: textOf(value['msgId'], ''),
    brokerName: textOf(value['brokerName'], ''),
    queueId: numberOf(value['queueId'], -1),
    queueOffset: numberOf(value['queueOffset'], -1),
    reconsumeTimes: numberOf(value['reconsumeTimes'], 0),
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise
}

function numberOf(value: unknown, otherwise: number): number {
  return Number.isSafeInteger(value) ? (value as number) : otherwise
}
