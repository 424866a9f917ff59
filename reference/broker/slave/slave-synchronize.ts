/**
 * Copies tables from a master to its slave. These tables are not in the log: topics, groups, offsets of groups, offsets of
 * delay levels, and request modes.
 *
 * | table                              | copied     | in RocketMQ 5.3 |
 * | ---------------------------------- | ---------- | --------------- |
 * | offsets of groups, of delay levels | every 3 s  | every 60 s      |
 * | topics, groups, request modes      | every 10 s | every 60 s      |
 *
 * The slave requests a table, and the master answers with the whole table. So after the loss of a master, the slave's
 * offsets of groups are about three seconds old. In RocketMQ, these offsets are about a minute old. When a table cannot be
 * copied, the slave requests this table again after the interval. The other tables are not affected.
 *
 * A slave that may become the master, or may act as the master, also copies the progress of the timer every 3 s
 * (`copied-timer-progress.ts`).
 *
 * RocketMQ: `SlaveSynchronize`. Left out: timer metrics, static topics.
 */
import { record, type Shape, table, whole } from '../../common/shape.ts'
import type { Host, TimerId } from '../../host/host.ts'
import { type DataVersion, dataVersionShape } from '../../remoting/bodies/data-version.ts'
import { BodyError, decodeJsonBody } from '../../remoting/bodies/json-body.ts'
import { subscriptionGroupTableShape } from '../../remoting/bodies/subscription-group.ts'
import { topicTableShape } from '../../remoting/bodies/topic-config.ts'
import { RemotingClient } from '../../remoting/remoting-client.ts'
import { getAllConsumerOffset, getAllDelayOffset } from '../../remoting/requests/offset-admin.ts'
import { getAllMessageRequestMode, requestModeTableShape } from '../../remoting/requests/query-assignment.ts'
import { getTimerCheckPoint } from '../../remoting/requests/recall-message.ts'
import { getAllSubscriptionGroupConfig } from '../../remoting/requests/subscription-group.ts'
import { getAllTopicConfig } from '../../remoting/requests/topic-config.ts'
import { responseName } from '../../remoting/response-code.ts'
import type { BrokerConfig } from '../broker-config.ts'
import type { ConsumerOffsetManager } from '../consumer-offset-manager.ts'
import { SLAVE_SYNC_OFFSETS_MS, SLAVE_SYNC_TABLES_MS, SLAVE_SYNC_TIMEOUT_MS } from '../limits.ts'
import type { MessageRequestModeManager } from '../pop/message-request-mode-manager.ts'
import type { ScheduleMessageService } from '../schedule/schedule-message-service.ts'
import type { SubscriptionGroups } from '../subscription-groups.ts'
import type { TopicConfigManager } from '../topic-config-manager.ts'
import type { CopiedTimerProgress } from './copied-timer-progress.ts'

/** The parts of a slave whose tables are copied. */
export interface SynchronizedParts {
  readonly host: Host
  readonly config: BrokerConfig
  readonly topics: TopicConfigManager
  readonly groups: SubscriptionGroups
  readonly offsets: ConsumerOffsetManager
  readonly schedule: ScheduleMessageService
  readonly requestModes: MessageRequestModeManager
}

/** The body of the answer to GET_ALL_CONSUMER_OFFSET. */
export const offsetTableShape = record<{ offsetTable: Map<string, Map<string, number>>; dataVersion: DataVersion }>({
  offsetTable: table(table(whole())),
  dataVersion: dataVersionShape,
})

/** The body of the answer to GET_ALL_DELAY_OFFSET. */
export const delayOffsetShape = record<{ offsetTable: Map<string, number>; dataVersion: DataVersion }>({
  offsetTable: table(whole()),
  dataVersion: dataVersionShape,
})

/** Copies the tables of one master. */
export class SlaveSynchronize {
  readonly #parts: SynchronizedParts
  readonly #client: RemotingClient
  #masterAddr = ''
  #timers: TimerId[] = []
  /**
   * The codes of requests that have no answer yet. While a request has no answer, the slave does not request the same table
   * again.
   */
  readonly #underWay = new Set<number>()
  /** Undefined when this slave never delivers messages. */
  readonly #timerProgress: CopiedTimerProgress | undefined
  #isStopped = false

  constructor(parts: SynchronizedParts, timerProgress?: CopiedTimerProgress) {
    this.#parts = parts
    this.#timerProgress = timerProgress
    const { innerClientAuthenticationCredentials } = parts.config
    this.#client = new RemotingClient(parts.host, undefined, () => {}, innerClientAuthenticationCredentials)
  }

  /** Sets the address of the master. Does nothing when it is ''. The first other address starts the copying. */
  follow(masterAddr: string): void {
    if (masterAddr === '' || this.#isStopped) return
    const isFirst = this.#masterAddr === ''
    this.#masterAddr = masterAddr
    if (!isFirst) return
    this.#every(SLAVE_SYNC_TABLES_MS, () => this.#copyTables())
    this.#every(SLAVE_SYNC_OFFSETS_MS, () => this.#copyOffsets())
  }

  #every(periodMs: number, act: () => void): void {
    const index = this.#timers.length
    const again = () => {
      if (this.#isStopped) return
      this.#timers[index] = this.#parts.host.clock.after(periodMs, again)
      act()
    }
    this.#timers.push(0)
    again()
  }

  // #region synchronize
  #copyTables(): void {
    const { topics, groups, requestModes } = this.#parts
    this.#copy(getAllTopicConfig.code, topicTableShape, (all) => topics.adopt(all))
    this.#copy(getAllSubscriptionGroupConfig.code, subscriptionGroupTableShape, (all) => groups.adopt(all))
    this.#copy(getAllMessageRequestMode.code, requestModeTableShape, (all) => requestModes.adopt(all))
  }

  #copyOffsets(): void {
    const { offsets, schedule } = this.#parts
    this.#copy(getAllConsumerOffset.code, offsetTableShape, (all) => offsets.adopt(all))
    this.#copy(getAllDelayOffset.code, delayOffsetShape, (all) => schedule.adopt(all))
    this.#copyTimerProgress()
  }
  // #endregion synchronize

  #copyTimerProgress(): void {
    if (this.#timerProgress === undefined) return
    this.#request(getTimerCheckPoint.code, (body) => this.#timerProgress?.adopt(body))
  }

  /** Requests a table from the master, and replaces the slave's table with the table of the master. */
  #copy<T>(code: number, shape: Shape<T>, adopt: (all: T) => void): void {
    this.#request(code, (body) => adopt(decodeJsonBody('answer', body, shape)))
  }

  #request(code: number, adopt: (body: Uint8Array) => void): void {
    if (this.#underWay.has(code)) return
    this.#underWay.add(code)
    this.#client.invoke(this.#masterAddr, { code, extFields: {} }, SLAVE_SYNC_TIMEOUT_MS, (answer) => {
      this.#underWay.delete(code)
      if (this.#isStopped) return
      if (answer.error !== undefined) return this.#failed(code, answer.error.message)
      const { response } = answer
      if (response.code !== 0) return this.#failed(code, response.remark ?? responseName(response.code))
      try {
        adopt(response.body ?? new Uint8Array())
      } catch (error) {
        if (!(error instanceof BodyError)) throw error
        this.#failed(code, error.message)
      }
    })
  }

  #failed(code: number, reason: string): void {
    this.#parts.host.trace.log(
      'warn',
      `request ${code} to the master ${this.#masterAddr}: ${reason}; asking again later`,
    )
  }

  /** Stops the copying. */
  stop(): void {
    this.#isStopped = true
    for (const timer of this.#timers) this.#parts.host.clock.cancel(timer)
    this.#timerProgress?.close()
    this.#client.close()
  }
}
