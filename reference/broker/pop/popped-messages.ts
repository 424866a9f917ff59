/**
 * Finds a popped message by its place in a queue, so that it can be redelivered.
 *
 * | the check point names | where the message is read                                                                |
 * | --------------------- | ---------------------------------------------------------------------------------------- |
 * | this broker           | in the store of this broker                                                              |
 * | another broker        | with a pull, at the live broker of this name with the smallest id (an acting slave, or the master) |
 *
 * A check point is the record of a pop in the log (`check-point.ts`). A check point of another broker comes from a slave
 * that acts as the master. Such a slave cannot store check points itself (`../slave/escape-bridge.ts`).
 *
 * RocketMQ: `EscapeBridge.getMessageAsync`, `getMessageFromRemoteAsync`. RocketMQ pulls with a special group. In GlassMQ,
 * the pull contains the group of the check point, because a broker may refuse groups that were not created.
 */
import type { MessageExt } from '../../common/message.ts'
import { decodeRecords } from '../../common/message-codec.ts'
import { PULL_SYS_FLAG } from '../../common/sys-flag.ts'
import { attempt } from '../../host/disk-attempt.ts'
import type { Host } from '../../host/host.ts'
import type { CallResult } from '../../remoting/channel.ts'
import { RemotingClient } from '../../remoting/remoting-client.ts'
import { pullMessage } from '../../remoting/requests/pull-message.ts'
import { ResponseCode, responseName } from '../../remoting/response-code.ts'
import type { MessageStore } from '../../store/message-store.ts'
import type { BrokerConfig } from '../broker-config.ts'
import { REMOTE_PULL_TIMEOUT_MS } from '../limits.ts'
import type { PopCheckPoint } from './check-point.ts'
import { messagesIn } from './popped-records.ts'
import type { TopicRoutes } from './topic-routes.ts'

/** The parts of the broker that the search uses. */
export interface PoppedMessagesParts {
  readonly host: Host
  readonly config: BrokerConfig
  readonly store: MessageStore
  readonly routes: TopicRoutes
}

/** The result of a search: the message, or the reason why it is gone, or the reason why it cannot be read now. */
export type PoppedMessage = { readonly message: MessageExt } | { readonly gone: string } | { readonly notNow: string }

/** The answers of another broker after which the message is gone for good. */
const IS_GONE: ReadonlySet<number> = new Set([ResponseCode.PULL_OFFSET_MOVED, ResponseCode.TOPIC_NOT_EXIST])

/** Finds the popped messages of one broker. */
export class PoppedMessages {
  readonly #parts: PoppedMessagesParts
  readonly #client: RemotingClient

  constructor(parts: PoppedMessagesParts) {
    this.#parts = parts
    const { innerClientAuthenticationCredentials } = parts.config
    this.#client = new RemotingClient(parts.host, undefined, () => {}, innerClientAuthenticationCredentials)
  }

  /** True when the message of a check point lies on another broker. */
  isElsewhere({ brokerName }: PopCheckPoint): boolean {
    return brokerName !== '' && brokerName !== this.#parts.config.brokerName
  }

  // #region find-popped
  /** Calls `done` once with the message of `ck` at `queueOffset`. */
  find(ck: PopCheckPoint, queueOffset: number, done: (found: PoppedMessage) => void): void {
    if (this.isElsewhere(ck)) this.#findElsewhere(ck, queueOffset, done)
    else done(this.#findHere(ck, queueOffset))
  }

  #findHere(ck: PopCheckPoint, queueOffset: number): PoppedMessage {
    let messages: readonly MessageExt[] = []
    const unread = attempt(() => {
      messages = messagesIn(this.#parts.store.getMessage(ck.topic, ck.queueId, queueOffset, 1, () => true).records)
    })
    return unread === '' ? asked(ck, queueOffset, messages[0]) : { notNow: unread }
  }

  #findElsewhere(ck: PopCheckPoint, queueOffset: number, done: (found: PoppedMessage) => void): void {
    const { brokerName, topic, queueId } = ck
    this.#parts.routes.routeOf(topic, (route) => {
      const addrs = route?.brokerDatas.find((data) => data.brokerName === brokerName)?.brokerAddrs ?? new Map()
      const [smallest] = [...addrs].sort(([a], [b]) => Number(a) - Number(b))
      if (smallest === undefined) {
        this.#parts.routes.forget(topic)
        return done({ notNow: `no NameServer knows a broker ${brokerName} with the topic ${topic}` })
      }
      const extFields = pullMessage.encode({
        consumerGroup: ck.group,
        topic,
        queueId,
        queueOffset,
        maxMsgNums: 1,
        sysFlag: PULL_SYS_FLAG.SUBSCRIPTION,
        commitOffset: 0,
        suspendTimeoutMillis: 0,
        subscription: '*',
        subVersion: 0,
        expressionType: 'TAG',
        bname: brokerName,
      })
      this.#client.invoke(smallest[1], { code: pullMessage.code, extFields }, REMOTE_PULL_TIMEOUT_MS, (answer) => {
        const found = foundBy(answer, ck, queueOffset)
        if ('notNow' in found) this.#parts.routes.forget(topic)
        done(found)
      })
    })
  }
  // #endregion find-popped

  close(): void {
    this.#client.close()
  }
}

function foundBy({ error, response }: CallResult, ck: PopCheckPoint, queueOffset: number): PoppedMessage {
  if (error !== undefined) return { notNow: error.message }
  const why = response.remark ?? responseName(response.code)
  if (IS_GONE.has(response.code)) return { gone: `${ck.brokerName} answers: ${why}` }
  if (response.code !== ResponseCode.SUCCESS) return { notNow: `${ck.brokerName} answers: ${why}` }
  return asked(ck, queueOffset, decodeRecords(response.body ?? new Uint8Array()).messages[0])
}

/** Returns `message` when `message` is the popped message. */
function asked({ topic, queueId, logEndsAt }: PopCheckPoint, queueOffset: number, message: MessageExt | undefined) {
  // It can happen that the topic was deleted and created again. The messages of the new topic were not part of this pop.
  const isThat = message !== undefined && message.physicalOffset < (logEndsAt ?? Number.POSITIVE_INFINITY)
  if (isThat && message.queueOffset === queueOffset) return { message }
  return { gone: `${topic} queue ${queueId} has no message at ${queueOffset} any more` }
}
