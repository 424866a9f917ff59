/**
 * Asks producers how their transactions have ended. One such request is a check.
 *
 * A half message is the message of a transaction before its end. It is open while this end is not known. While a half
 * message is open, a round of checks runs every `transactionCheckInterval`. The intervals are counted from the creation of
 * this service.
 *
 * | a half message                                        | what the round does with it                                   |
 * | ----------------------------------------------------- | ------------------------------------------------------------- |
 * | is younger than its immunity (the time in which it is not checked) | nothing |
 * | was checked `transactionCheckMax` times, or is older than `fileReservedTime` | moves it to TRANS_CHECK_MAX_TIME_TOPIC |
 * | is in none of the other rows | stores it again with its counter raised by one, and asks a producer of its group |
 * | is no longer in the log | removes it from the table of open transactions |
 *
 * The producers of a group are asked one after the other, one producer for each check. Each producer of the group can
 * answer, even a producer that was restarted or that has not sent the message. As in RocketMQ, a check counts even when no
 * producer of the group is connected. So the half messages of a group that no longer exists do not stay open.
 *
 * The age of a half message is `now - bornTimestamp`: the broker's clock minus the producer's clock. When the producer's
 * clock is ahead, the age is counted from the store time instead. The store time comes from the broker's clock. When this
 * clock was set back, the store time may be in the future. Then the half message is checked at once, so that it does not
 * wait for hours.
 *
 * RocketMQ: `TransactionalMessageCheckService`, `TransactionalMessageServiceImpl.check`,
 * `AbstractTransactionalMessageCheckListener`. Unlike GlassMQ, RocketMQ reads the op queue in each round, and copies a half
 * message with a long immunity even before its first check. GlassMQ does not need the op queue or such a copy, because its
 * table of half messages shows which transactions have ended.
 */
import { keyOf, type MessageExt, PROPERTY } from '../../common/message.ts'
import { offsetMessageId } from '../../common/message-id.ts'
import { HOUR_MS } from '../../common/units.ts'
import { attempt } from '../../host/disk-attempt.ts'
import type { Host, TimerId } from '../../host/host.ts'
import { checkTransactionState } from '../../remoting/requests/transaction.ts'
import type { MessageStore } from '../../store/message-store.ts'
import { hasPlace, PutMessageStatus } from '../../store/put-message.ts'
import type { BrokerConfig } from '../broker-config.ts'
import { CHECKS_AT_ONCE_MAX } from '../limits.ts'
import type { ProducerManager } from '../producer-manager.ts'
import { checkBody, checkCopy, GIVEN_UP_TOPIC, givenUpMessage, HALF_TOPIC, ownImmunityMs } from './half-message.ts'
import type { HalfTable, OpenHalf } from './half-table.ts'

/** The parts of the transaction service that the checks need. */
export interface CheckOwner {
  readonly table: HalfTable
  /** Reads the messages that have arrived in the half queue. */
  catchUp(): void
  /**
   * Called when a transaction has ended. The transaction service then writes to the op queue that the transaction has ended.
   */
  ended(half: OpenHalf, message: MessageExt, outcome: 'given up' | 'gone'): void
  /**
   * Called at the end of a round. The transaction service may then store its progress. Returns true when more progress must
   * be stored later.
   */
  roundOver(): boolean
  /** Creates the topic for given-up messages when it is missing. */
  makeGivenUpTopic(): void
}

/** Runs the rounds of checks. */
export class TransactionCheckService {
  readonly #host: Host
  readonly #config: BrokerConfig
  readonly #store: MessageStore
  readonly #producers: ProducerManager
  readonly #owner: CheckOwner
  readonly #bootMs: number
  #timer: TimerId | undefined
  #round: OpenHalf[] = []
  #underWay = 0
  #isLooking = false
  #stopped = false

  constructor(host: Host, config: BrokerConfig, store: MessageStore, producers: ProducerManager, owner: CheckOwner) {
    this.#host = host
    this.#config = config
    this.#store = store
    this.#producers = producers
    this.#owner = owner
    this.#bootMs = host.clock.monotonicMs()
  }

  /**
   * Sets a timer for the next round: for the next multiple of the check interval since the creation of this service. Does
   * nothing when such a timer is already set.
   */
  wake(): void {
    if (this.#timer !== undefined || this.#stopped) return
    const { transactionCheckIntervalMs } = this.#config
    const sinceTurnMs = (this.#host.clock.monotonicMs() - this.#bootMs) % transactionCheckIntervalMs
    this.#timer = this.#host.clock.after(transactionCheckIntervalMs - sinceTurnMs, () => {
      this.#timer = undefined
      this.#unlessDiskFails(() => this.#startRound())
    })
  }

  /** When the disk fails during `read`, the round ends, and the next round begins after the usual time. */
  #unlessDiskFails(read: () => void): void {
    const failure = attempt(read)
    if (failure === '') return
    this.#host.trace.log('warn', `open transactions are checked later: ${failure}`)
    this.#round = []
    this.#isLooking = false
    this.wake()
  }

  stop(): void {
    this.#stopped = true
    this.#round = []
    if (this.#timer !== undefined) this.#host.clock.cancel(this.#timer)
  }

  #startRound(): void {
    this.#owner.catchUp()
    if (this.#underWay === 0) {
      this.#round = this.#owner.table.undecided().slice().reverse()
      this.#goOn()
    }
    const hasMore = this.#owner.roundOver()
    if (hasMore || this.#owner.table.size > 0) this.wake()
  }

  // #region check-round
  /** Continues the round. At most `CHECKS_AT_ONCE_MAX` half messages are checked at the same time. */
  #goOn(): void {
    if (this.#isLooking) return
    this.#isLooking = true // set before the put, because the store may call the callback during the put
    this.#unlessDiskFails(() => {
      while (this.#underWay < CHECKS_AT_ONCE_MAX) {
        const half = this.#round.pop()
        if (half === undefined) break
        if (half.state === 'open') this.#look(half)
      }
    })
    this.#isLooking = false
  }

  #look(half: OpenHalf): void {
    const message = this.#store.messageAt(half.physicalOffset)
    if (message === undefined || message.topic !== HALF_TOPIC) {
      // rare: the half message is no longer in the log
      this.#host.trace.log('warn', `the log no longer has the half message at ${half.queueOffset}: it is forgotten`)
      if (message !== undefined) this.#owner.ended(half, message, 'gone')
      else this.#owner.table.remove(half)
      return
    }
    const { transactionTimeOutMs, transactionCheckMax, fileReservedTime } = this.#config
    const ageMs = this.#ageMs(half)
    if (half.checkTimes >= transactionCheckMax || ageMs > fileReservedTime * HOUR_MS) this.#giveUp(half, message)
    else if (ageMs > (ownImmunityMs(message, transactionTimeOutMs) ?? transactionTimeOutMs) || ageMs < 0)
      this.#check(half, message)
  }
  // #endregion check-round

  #ageMs({ bornTimestamp, storeTimestamp }: OpenHalf): number {
    const nowMs = this.#host.clock.nowMs()
    return nowMs >= bornTimestamp ? nowMs - bornTimestamp : nowMs - storeTimestamp
  }

  // #region check-copy
  /** Stores the half message again with its check counter raised by one. Then asks a producer. */
  #check(half: OpenHalf, message: MessageExt): void {
    const times = half.checkTimes + 1
    half.state = 'copying'
    this.#underWay++
    this.#store.putMessage(checkCopy(message, times), ({ queueOffset, status, reason }) => {
      this.#owner.catchUp() // reads the copy as soon as the copy is as safe as the settings require
      // #fold a counter that does not fit, a put that is refused
      if (status === PutMessageStatus.PROPERTIES_SIZE_EXCEEDED) {
        half.checkTimes = times // the record has no room for the counter, so the counter is only in memory
        this.#owner.table.copied(half)
        this.#ask(half, times)
      } else if (queueOffset < 0) {
        this.#host.trace.log('warn', `the half message at ${half.queueOffset} cannot be put back: ${reason}`)
        this.#owner.table.copied(half)
      }
      // #endfold
      else if (half.queueOffset === queueOffset) this.#ask(half, times)
      this.#oneLess()
    })
  }
  // #endregion check-copy

  // #region check-ask
  #ask(half: OpenHalf, times: number): void {
    const message = this.#store.messageAt(half.physicalOffset)
    if (half.state !== 'open' || message === undefined) return
    const group = message.properties.get(PROPERTY.PRODUCER_GROUP) ?? ''
    // The check is sent to one producer of the group. The event log reports the check even when no producer is connected.
    const channel = this.#producers.getAvailableChannel(group)
    const topic = message.properties.get(PROPERTY.REAL_TOPIC) ?? ''
    const asked = channel?.remoteAddress ?? ''
    const facts = { group, topic, key: keyOf(message.properties), queueOffset: half.queueOffset, times, asked }
    this.#host.trace.emit?.('transaction.checked', facts)
    if (channel === undefined) {
      this.#host.trace.log('warn', `nobody of the producer group ${group} is there to say what became of a transaction`)
      return
    }
    // The fields of the check contain the position of the newest copy of the half message. The answer of the producer
    // contains the same position.
    const uniqKey = message.properties.get(PROPERTY.UNIQ_KEY)
    const extFields = checkTransactionState.encode({
      topic: HALF_TOPIC,
      tranStateTableOffset: half.queueOffset,
      commitLogOffset: half.physicalOffset,
      msgId: uniqKey,
      transactionId: uniqKey,
      offsetMsgId: offsetMessageId(message.storeIp, message.storePort, half.physicalOffset),
      bname: this.#config.brokerName,
    })
    channel.oneway({ code: checkTransactionState.code, extFields, body: checkBody(message) })
  }
  // #endregion check-ask

  // #region give-up
  #giveUp(half: OpenHalf, message: MessageExt): void {
    this.#owner.makeGivenUpTopic()
    half.state = 'ending'
    this.#underWay++
    this.#store.putMessage(givenUpMessage(message), (result) => {
      if (hasPlace(result))
        this.#owner.ended(half, message, 'given up') // rare: a transaction is given up after all checks
      else {
        half.state = 'open'
        this.#host.trace.log('warn', `a half message cannot be moved to ${GIVEN_UP_TOPIC}: ${result.reason}`)
      }
      this.#oneLess()
    })
  }
  // #endregion give-up

  #oneLess(): void {
    this.#underWay--
    this.#goOn()
  }
}
