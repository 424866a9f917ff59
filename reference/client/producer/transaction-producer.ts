/**
 * Sends messages that consumers see only when the local transaction of the sender has succeeded.
 *
 * ```
 * send half ──► SEND_OK ──► executeLocalTransaction ──► END_TRANSACTION: commit, rollback or unknown
 *                                                        │ lost, or unknown
 *                CHECK_TRANSACTION_STATE ◄───────────────┘ the broker asks later, any producer of the group
 *                └──► checkLocalTransaction ──► END_TRANSACTION, from a check
 * ```
 *
 * END_TRANSACTION has no answer. When the request is lost, the broker asks for the result later. Therefore the listener must
 * know from its own records how every transaction of its group ended, even a transaction of another process.
 *
 * A half message with any status except SEND_OK was not stored as safely as the settings promise. Such a message is rolled
 * back, and the local transaction does not run.
 *
 * Brokers know a producer by its heartbeats. A producer sends heartbeats to the brokers of its routes. Brokers must be able
 * to ask a producer before its first send. Therefore a producer fetches the routes of `topics` and of TBW102 at its start.
 *
 * RocketMQ: `TransactionMQProducer`, `TransactionListener`, `DefaultMQProducerImpl.sendMessageInTransaction`,
 * `checkTransactionState`. Not in GlassMQ: the old `TransactionCheckListener`, and a pool of threads for checks.
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

/** The end of a local transaction. `UNKNOW` is RocketMQ's spelling. */
export type LocalTransactionState = 'COMMIT_MESSAGE' | 'ROLLBACK_MESSAGE' | 'UNKNOW'

const COMMIT_OR_ROLLBACK: Readonly<Record<LocalTransactionState, number>> = {
  COMMIT_MESSAGE: SYS_FLAG.TRANSACTION_COMMIT,
  ROLLBACK_MESSAGE: SYS_FLAG.TRANSACTION_ROLLBACK,
  UNKNOW: 0,
}

/** The application's side of a transaction. A method that throws counts as UNKNOW, and the broker asks later. */
export interface TransactionListener {
  /**
   * Runs the local transaction after the half message was stored. `msgId` is the unique id of the message. The application
   * stores this id with the result, because a later check needs the id.
   */
  executeLocalTransaction(
    message: Message,
    msgId: string,
    arg: unknown,
  ): LocalTransactionState | Promise<LocalTransactionState>
  /** Returns how the transaction of this message ended. Another process may have run this transaction. */
  checkLocalTransaction(message: MessageExt): LocalTransactionState | Promise<LocalTransactionState>
}

/** The result of the half message's send, with the state of the local transaction. */
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
  constructor(instance: ClientInstance, group: string, listener: TransactionListener, topics: readonly string[] = []) {
    super(instance, group)
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
   * Sends the half message, runs the local transaction and reports the result to the broker. Rejects with a `ClientError`
   * when the half message could not be sent.
   */
  async sendMessageInTransaction(message: Message, arg?: unknown): Promise<TransactionSendResult> {
    const properties = new Map(message.properties)
    properties.delete(PROPERTY.DELAY_TIME_LEVEL) // no delay: the message becomes visible when its transaction ends
    properties.set(PROPERTY.TRANSACTION_PREPARED, 'true')
    properties.set(PROPERTY.PRODUCER_GROUP, this.#group)
    const sent = await this.send({ ...message, properties })
    const state =
      sent.status === 'SEND_OK' ? await this.#execute(message, sent.msgId, arg) : ('ROLLBACK_MESSAGE' as const)
    this.#tell('transaction.executed', message, sent.msgId, state)
    this.#end(message.topic, sent, state)
    return { ...sent, localTransactionState: state }
  }

  async #execute(message: Message, msgId: string, arg: unknown): Promise<LocalTransactionState> {
    try {
      return await this.#listener.executeLocalTransaction(message, msgId, arg)
    } catch (error) {
      this.#instance.host.trace.log('warn', `executeLocalTransaction failed, the broker will ask: ${error}`)
      return 'UNKNOW'
    }
  }

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
  // #endregion send-in-transaction

  // #region check-transaction
  /** Answers a broker's question about a transaction, over the same connection. */
  checkTransactionState(request: RemotingCommand, channel: Channel): void {
    const header = checkTransactionState.decode(request.extFields)
    const decoded = decodeRecord(request.body ?? new Uint8Array(), 0, false)
    if ('fault' in decoded) {
      this.#instance.host.trace.log('warn', `CHECK_TRANSACTION_STATE without a message: ${decoded.fault}`)
      return
    }
    // the question may be for another producer of this instance
    const message = { ...decoded.message, body: inflateBody(decoded.message.body, decoded.message.sysFlag) }
    if (message.properties.get(PROPERTY.PRODUCER_GROUP) !== this.#group) return
    if (this.#checks >= CHECK_REQUESTS_HOLD_MAX) return // the broker will ask again
    this.#checks++
    const msgId = message.properties.get(PROPERTY.UNIQ_KEY) ?? idOf(message)
    // the listener may need time; the answer is sent after the listener has returned
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
