/**
 * How often each message was given back, and what came of it: the dead letters of a message are counted under faults too (I11).
 *
 * | at most                                             | looked at                                           |
 * | --------------------------------------------------- | --------------------------------------------------- |
 * | one CONSUMER_SEND_MSG_BACK for each refusal           | as they are written on the wire                      |
 * | one way that works for each refusal                   | answers of SUCCESS, and sends to the retry topic      |
 * | one record, waiting or dead, for each of both          | the brokers' logs                                    |
 *
 * So a message is a dead letter twice only for a cause that can be named:
 *
 * | cause                                                              | the evidence                                   |
 * | ------------------------------------------------------------------ | ---------------------------------------------- |
 * | its producer tried again without knowing what became of a try        | it lies in its topic more than once             |
 * | a queue was begun anew, or a message tried here again                | more refusals than records of it                |
 * | the answer to a give-back was lost, or came too late                 | a send to the retry topic after it              |
 * | a broker that had ended delivered again what had waited              | more of it in the retry topic than ever waited   |
 */
import { decodeBase64 } from '../../../../reference/common/base64.ts'
import { type MessageExt, PROPERTY } from '../../../../reference/common/message.ts'
import type { TraceEvent, TraceEventOf } from '../../../../reference/host/trace.ts'
import { decodeFrame } from '../../../../reference/remoting/frame-codec.ts'
import { consumerSendMsgBack } from '../../../../reference/remoting/requests/send-back.ts'
import { GROUP, TOPIC } from '../mechanism/stage.ts'
import { demand } from '../violation.ts'

export const RETRY_TOPIC = `%RETRY%${GROUP}`
export const DLQ_TOPIC = `%DLQ%${GROUP}`
export const WAITING_TOPIC = 'SCHEDULE_TOPIC_XXXX'

/** What is counted of one key. */
interface Counts {
  refusals: number
  requests: number
  accepted: number
  /** Sends to the retry topic, and all their tries. */
  sends: number
  tries: number
}

export class GivenBack {
  readonly #counts = new Map<string, Counts>()
  /** By unique id. */
  readonly #keys = new Map<string, string>()
  /** Key of a request, by connection and opaque. */
  readonly #asked = new Map<string, string>()
  readonly #leaving = new Map<string, TraceEventOf<'frame.sent'>>()
  #brokersEnded = 0
  /** Dead letters beyond the first of a message. */
  deadAgain = 0

  of(key: string): Counts {
    let counts = this.#counts.get(key)
    if (counts === undefined)
      this.#counts.set(key, (counts = { refusals: 0, requests: 0, accepted: 0, sends: 0, tries: 0 }))
    return counts
  }

  hear(event: TraceEvent): void {
    if (event.kind === 'message.cached') this.#keys.set(event.msgId, event.key)
    else if (event.kind === 'frame.sent' && event.name === 'CONSUMER_SEND_MSG_BACK' && event.type === 'request')
      this.#leaving.set(event.node, event)
    else if (event.kind === 'net.sent') this.#written(event)
    else if (event.kind === 'frame.received' && event.name === 'CONSUMER_SEND_MSG_BACK') this.#answered(event)
    else if (event.kind === 'message.sending' && event.topic === RETRY_TOPIC) {
      this.of(event.key).tries++
      if (event.attempt === 1) this.#demandOneWay(event.key, ++this.of(event.key).sends)
    } else if (event.kind === 'node.stopped') {
      this.#leaving.delete(event.node)
      if (event.node.startsWith('broker')) this.#brokersEnded++
    }
  }

  #written({ node, connection, payload }: TraceEventOf<'net.sent'>): void {
    const told = this.#leaving.get(node)
    if (told?.connection !== connection) return
    this.#leaving.delete(node)
    const { originMsgId } = consumerSendMsgBack.decode(decodeFrame(decodeBase64(payload)).extFields)
    const key = this.#keys.get(originMsgId ?? '')
    demand(key !== undefined, 'retry', () => `${node} gives back ${originMsgId}, which it was never given`)
    this.#asked.set(`${connection}:${told.opaque}`, key)
    const { refusals } = this.of(key)
    const requests = ++this.of(key).requests
    demand(requests <= refusals, 'retry', () => `${key} is given back ${requests} times after ${refusals} refusals`)
  }

  #answered({ type, code, connection, opaque }: TraceEventOf<'frame.received'>): void {
    const key = this.#asked.get(`${connection}:${opaque}`)
    if (type !== 'response' || code !== 0 || key === undefined) return
    this.of(key).accepted++
    this.#demandOneWay(key, this.of(key).sends)
  }

  #demandOneWay(key: string, sends: number): void {
    const { accepted, refusals } = this.of(key)
    demand(
      accepted + sends <= refusals,
      'retry',
      () => `${key} was taken back ${accepted} times and sent again ${sends} times after ${refusals} refusals`,
    )
  }

  /** All logs together, when everything has come to its end. */
  judge(log: readonly MessageExt[]): void {
    const records = new Map<string, { topic: number; waited: number; again: number; dead: number }>()
    for (const { topic, properties } of log) {
      const key = properties.get(PROPERTY.KEYS) ?? ''
      const own = records.get(key) ?? { topic: 0, waited: 0, again: 0, dead: 0 }
      records.set(key, own)
      if (topic === TOPIC) own.topic++
      else if (topic === RETRY_TOPIC) own.again++
      else if (topic === DLQ_TOPIC) own.dead++
      else if (topic === WAITING_TOPIC && properties.get(PROPERTY.REAL_TOPIC) === RETRY_TOPIC) own.waited++
    }
    for (const [key, { topic, waited, again, dead }] of records) {
      const { requests, tries, refusals } = this.of(key)
      demand(
        waited + dead <= requests + tries,
        'retry',
        () => `${key} waited ${waited} times and is a dead letter ${dead} times, of ${requests + tries} requests`,
      )
      demand(
        again <= waited || this.#brokersEnded > 0,
        'retry',
        () => `${key} waited ${waited} times and came to the retry topic ${again} times; no broker ever ended`,
      )
      if (dead < 2) continue
      this.deadAgain += dead - 1
      const causes = topic - 1 + tries + Math.max(0, again - waited) + Math.max(0, refusals - topic - again)
      demand(dead - 1 <= causes, 'retry', () => `${key} lies ${dead} times among the dead letters, for no cause`)
    }
  }
}
