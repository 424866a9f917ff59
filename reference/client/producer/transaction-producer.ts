/**
 * Sends transactional messages. Consumers receive such a message only when the local transaction of the sender has
 * succeeded.
 *
 * ```
 * send half ──► SEND_OK ──► executeLocalTransaction ──► END_TRANSACTION: commit, rollback or unknown
 *                                                        │ request lost, or "unknown"
 *                CHECK_TRANSACTION_STATE ◄───────────────┘ the broker asks later, any producer of the group
 *                └──► checkLocalTransaction ──► END_TRANSACTION, from a check
 * ```
 *
 * END_TRANSACTION has no answer. When this request is lost, the broker later asks a producer of the group how the
 * transaction has ended. Therefore the application must store how each of its transactions has ended. The listener must also
 * be able to answer for a transaction that another process has begun.
 *
 * When the status of a half message is not SEND_OK, the half message was not stored as safely as the settings require. The
 * producer rolls back such a half message, and the local transaction does not run.
 *
 * Brokers know a producer by its heartbeats, and a producer sends heartbeats to the brokers of its routes. Brokers must be
 * able to ask a producer even before its first send. Therefore a producer fetches the routes of `topics` and of TBW102 when
 * it starts.
 *
 * RocketMQ: `TransactionMQProducer`, `TransactionListener`, `DefaultMQProducerImpl.sendMessageInTransaction`,
 * `checkTransactionState`. Not in GlassMQ: the old `TransactionCheckListener`, and a thread pool for checks.
 */
import { AUTO_CREATE_TOPIC_KEY_TOPIC, type Message, type MessageExt, PROPERTY } from '../../common/message.ts'
import { decodeRecord } from '../../common/message-codec.ts'
import { offsetMessageId, parseOffsetMessageId } from '../../common/message-id.ts'
import { SYS_FLAG } from '../../common/sys-flag.ts'
import type { Channel } from '../../remoting/channel.ts'
import type { RemotingCommand } from '../../remoting/remoting-command.ts'
import { checkTransactionState, endTransaction } from '../../remoting/requests/transaction.ts'
import type { ClientInstance } from '../client-instance.ts'
import { inflateBody } from '../inflate.ts'
import { CHECK_REQUESTS_HOLD_MAX } from '../limits.ts'
import { Producer, type SendResult } from './producer.ts'
import type { ProducerOptions } from './producer-options.ts'

/** The way in which a local transaction has ended. `UNKNOW` is RocketMQ's spelling. */
export type LocalTransactionState = 'COMMIT_MESSAGE' | 'ROLLBACK_MESSAGE' | 'UNKNOW'

const COMMIT_OR_ROLLBACK: Readonly<Record<LocalTransactionState, number>> = {
  COMMIT_MESSAGE: SYS_FLAG.TRANSACTION_COMMIT,
  ROLLBACK_MESSAGE: SYS_FLAG.TRANSACTION_ROLLBACK,
  UNKNOW: 0,
}

/**
 * The part of a transaction that the application implements. When a method of the listener throws or rejects, the producer
 * reports the state UNKNOW, and the broker asks again later.
 */
export interface TransactionListener {
  /**
   * Runs the local transaction when the half message is stored. `msgId` is the unique id of the message. The application
   * must store this id with the result of the transaction, because `checkLocalTransaction` later needs the result.
   */
  executeLocalTransaction(
    message: Message,
    msgId: string,
    arg: unknown,
  ): LocalTransactionState | Promise<LocalTransactionState>
  /**
   * Returns how the transaction of this message has ended. It can happen that another process has started the transaction.
   */
  checkLocalTransaction(message: MessageExt): LocalTransactionState | Promise<LocalTransactionState>
}

/** The result of the send of the half message, and the state of the local transaction. */
export interface TransactionSendResult extends SendResult {
  readonly localTransactionState: LocalTransactionState
}

/** A producer of transactional messages. */
export class TransactionProducer extends Producer {
  readonly #instance: ClientInstance
  readonly #group: string
  readonly #listener: TransactionListener
  readonly #topics: readonly string[]
  #checks = 0

  /**
   * `topics` are the topics to which the application will send. The brokers of these topics may ask this producer about
   * transactions of its group.
   */
  constructor(
    instance: ClientInstance,
    group: string,
    listener: TransactionListener,
    topics: readonly string[] = [],
    options: ProducerOptions = {},
  ) {
    super(instance, group, options)
    this.#instance = instance
    this.#group = group
    this.#listener = listener
    this.#topics = [AUTO_CREATE_TOPIC_KEY_TOPIC, ...topics]
  }

  override start(): void {
    super.start()
    for (const topic of this.#topics) this.#instance.askRoute(topic, () => {})
  }

  override topics(): Iterable<string> {
    return new Set([...this.#topics, ...super.topics()])
  }

  // #region send-in-transaction
  /**
   * Sends the half message, runs the local transaction, and reports the result to the broker. Rejects with a `ClientError`
   * when the send of the half message ends with an error.
   */
  async sendMessageInTransaction(message: Message, arg?: unknown): Promise<TransactionSendResult> {
    const properties = new Map(message.properties)
    properties.delete(PROPERTY.DELAY_TIME_LEVEL) // a transactional message has no delay
    properties.set(PROPERTY.TRANSACTION_PREPARED, 'true')
    properties.set(PROPERTY.PRODUCER_GROUP, this.#group)
    const sent = await this.send({ ...message, properties })
    const state =
      sent.status === 'SEND_OK' ? await this.#execute(message, sent.msgId, arg) : ('ROLLBACK_MESSAGE' as const)
    this.#tell('transaction.executed', message, sent.msgId, state)
    this.#end(message.topic, sent, state)
    return { ...sent, localTransactionState: state }
  }
  // #endregion send-in-transaction

  async #execute(message: Message, msgId: string, arg: unknown): Promise<LocalTransactionState> {
    try {
      return await this.#listener.executeLocalTransaction(message, msgId, arg)
    } catch (error) {
      this.#instance.host.trace.log('warn', `executeLocalTransaction failed, the broker will ask: ${error}`)
      return 'UNKNOW'
    }
  }

  // #region end-in-one-way
  #end(topic: string, sent: SendResult, state: LocalTransactionState): void {
    const place = parseOffsetMessageId(sent.offsetMsgId)
    const address = this.#instance.masterAddress(sent.queue.brokerName)
    if (place === undefined || address === '') return
    const extFields = endTransaction.encode({
      topic,
      producerGroup: this.#group,
      tranStateTableOffset: sent.queueOffset,
      commitLogOffset: place.physicalOffset,
      commitOrRollback: COMMIT_OR_ROLLBACK[state],
      fromTransactionCheck: false,
      msgId: sent.msgId,
      transactionId: sent.transactionId,
      bname: sent.queue.brokerName,
    })
    this.#instance.remoting.invokeOneway(address, { code: endTransaction.code, extFields })
  }
  // #endregion end-in-one-way

  // #region check-transaction
  /**
   * Answers a broker that asks how a transaction has ended. The answer is sent on the connection on which the request has
   * arrived.
   */
  checkTransactionState(request: RemotingCommand, channel: Channel): void {
    const header = checkTransactionState.decode(request.extFields)
    const decoded = decodeRecord(request.body ?? new Uint8Array(), 0, false)
    if ('fault' in decoded) {
      this.#instance.host.trace.log('warn', `CHECK_TRANSACTION_STATE without a message: ${decoded.fault}`)
      return
    }
    // the request may be for a producer of another group of this client instance
    const message = { ...decoded.message, body: inflateBody(decoded.message.body, decoded.message.sysFlag) }
    if (message.properties.get(PROPERTY.PRODUCER_GROUP) !== this.#group) return
    if (this.#checks >= CHECK_REQUESTS_HOLD_MAX) return // the broker will ask again
    this.#checks++
    const msgId = message.properties.get(PROPERTY.UNIQ_KEY) ?? idOf(message)
    // the listener may need time, so the answer is sent when the listener has returned
    this.#check(message).then((state) => {
      this.#checks--
      this.#tell('transaction.answered', message, msgId, state)
      const extFields = endTransaction.encode({
        topic: header.topic,
        producerGroup: this.#group,
        tranStateTableOffset: header.tranStateTableOffset,
        commitLogOffset: header.commitLogOffset,
        commitOrRollback: COMMIT_OR_ROLLBACK[state],
        fromTransactionCheck: true,
        msgId,
        transactionId: header.transactionId,
        bname: header.bname,
      })
      channel.oneway({ code: endTransaction.code, extFields })
    })
  }

  async #check(message: MessageExt): Promise<LocalTransactionState> {
    try {
      return await this.#listener.checkLocalTransaction(message)
    } catch (error) {
      this.#instance.host.trace.log('warn', `checkLocalTransaction failed, the broker will ask again: ${error}`)
      return 'UNKNOW'
    }
  }
  // #endregion check-transaction

  #tell(
    kind: 'transaction.executed' | 'transaction.answered',
    { topic, properties }: Pick<Message, 'topic' | 'properties'>,
    msgId: string,
    state: LocalTransactionState,
  ): void {
    const { trace } = this.#instance.host
    const key = properties?.get(PROPERTY.KEYS) ?? msgId
    trace.emit?.(kind, { group: this.#group, topic, key, msgId, state })
  }
}

function idOf({ storeIp, storePort, physicalOffset }: MessageExt): string {
  return offsetMessageId(storeIp, storePort, physicalOffset)
}
