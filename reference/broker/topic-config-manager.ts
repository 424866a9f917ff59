/**
 * The topics of this broker and their settings (`config/topics.json`).
 *
 * A send to an unknown topic creates the topic when the broker allows it. The new topic has the permissions of the default
 * topic that the send names, usually TBW102. It has as many queues as the producer requests, but at most as many as the
 * default topic. A retry topic is created with one queue, without a default topic. Each change raises the version of the
 * table. A NameServer compares this version with the version in the broker's last registration.
 *
 * A processor that may create a topic first calls `topicForSend` to get the settings of the topic. Then the processor makes
 * all its checks. After the checks, the processor calls `make`. So a refused request does not create a topic. `whenWritten`
 * and `whenStored` report when a change is on the disk.
 *
 * RocketMQ: `TopicConfigManager`. Left out: static topics.
 */
import { QUEUES_PER_TOPIC_MAX, TOPICS_MAX } from '../common/limits.ts'
import { AUTO_CREATE_TOPIC_KEY_TOPIC, RETRY_TOPIC_PREFIX, replyTopic } from '../common/message.ts'
import { reviveTopic } from '../common/pop-names.ts'
import { optional, record, table, text } from '../common/shape.ts'
import { PERM } from '../common/sys-flag.ts'
import { SYNC_BROKER_MEMBER_GROUP_PREFIX, TRACE_TOPIC } from '../common/topic-validator.ts'
import type { Host } from '../host/host.ts'
import { type DataVersion, dataVersionShape, nextVersion, sameVersion } from '../remoting/bodies/data-version.ts'
import { BodyError } from '../remoting/bodies/json-body.ts'
import { type RegisterBrokerBody, type TopicConfig, topicConfigShape } from '../remoting/bodies/topic-config.ts'
import { Refusal } from '../remoting/refusal.ts'
import { ResponseCode } from '../remoting/response-code.ts'
import { SCHEDULE_TOPIC } from '../store/delay-level.ts'
import type { BrokerConfig } from './broker-config.ts'
import { GrowingTableFile } from './growing-table-file.ts'
import { CONFIG_WRITE_AGAIN_MS } from './limits.ts'
import { TIMER_TOPIC } from './timer/timer-message.ts'
import { HALF_TOPIC, OP_TOPIC } from './transaction/half-message.ts'

const fileShape = record<{ dataVersion: DataVersion; topicConfigTable: Map<string, TopicConfig> }>({
  dataVersion: dataVersionShape,
  topicConfigTable: table(topicConfigShape),
})

/** One line of `topics.json.changes.N`: the settings of a topic after a change, or the name of a deleted topic. */
interface TopicChange {
  readonly dataVersion: DataVersion
  readonly topicConfig: TopicConfig | undefined
  readonly deleted: string
}

const changeShape = record<TopicChange>({
  dataVersion: dataVersionShape,
  topicConfig: optional(topicConfigShape),
  deleted: text(),
})

/**
 * A change of a topic that is not durable yet, and the callbacks that are called when the disk has stored or refused this
 * change.
 */
interface Unstored {
  /** True when the disk has refused the change. A refused change is written again later. */
  isRefused: boolean
  readonly waiting: (() => void)[]
}

const FULL = `this broker already has ${TOPICS_MAX} topics: delete some first`

const READ_WRITE = PERM.READ | PERM.WRITE

/** The system topics. RocketMQ: `TopicValidator.SYSTEM_TOPIC_SET`. */
const SYSTEM_TOPICS: ReadonlySet<string> = new Set([
  AUTO_CREATE_TOPIC_KEY_TOPIC,
  SCHEDULE_TOPIC,
  'BenchmarkTest',
  'RMQ_SYS_TRANS_HALF_TOPIC',
  TRACE_TOPIC,
  'RMQ_SYS_TRANS_OP_HALF_TOPIC',
  'TRANS_CHECK_MAX_TIME_TOPIC',
  'SELF_TEST_TOPIC',
  'OFFSET_MOVED_EVENT',
])

/** Returns the settings of a topic with `queueNums` read queues and `queueNums` write queues. */
export function makeTopicConfig(topicName: string, queueNums: number, perm: number = READ_WRITE): TopicConfig {
  return {
    topicName,
    readQueueNums: queueNums,
    writeQueueNums: queueNums,
    perm,
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: 0,
    order: false,
    attributes: {},
  }
}

/** The table of topics and its file. */
export class TopicConfigManager {
  readonly #host: Host
  readonly #config: BrokerConfig
  readonly #onChanged: (topic: string) => void
  readonly #file: GrowingTableFile<
    { dataVersion: DataVersion; topicConfigTable: Map<string, TopicConfig> },
    TopicChange
  >
  #topics = new Map<string, TopicConfig>()
  /** The topics with changes that are not durable yet. */
  readonly #unstored = new Map<string, Unstored>()
  #dataVersion: DataVersion

  /** `onChanged` is called after each change that must be registered: a new topic, or new settings of a topic. */
  constructor(host: Host, config: BrokerConfig, onChanged: (topic: string) => void) {
    this.#host = host
    this.#config = config
    this.#onChanged = onChanged
    this.#dataVersion = { counter: 0, stateVersion: 0, timestamp: host.clock.nowMs() }
    this.#file = new GrowingTableFile(host, {
      path: `${config.storePathRootDir}config/topics.json`,
      shape: fileShape,
      changeShape,
      content: () => ({ dataVersion: this.#dataVersion, topicConfigTable: this.#topics }),
      size: () => this.#topics.size,
      counterOf: ({ dataVersion }) => dataVersion.counter,
    })
  }

  /** Reads the file and adds the system topics. */
  load(): void {
    this.#file.load(
      (stored) => {
        this.#topics = stored.topicConfigTable
        this.#dataVersion = stored.dataVersion
      },
      ({ dataVersion, topicConfig, deleted }) => {
        this.#dataVersion = dataVersion
        if (topicConfig === undefined) this.#topics.delete(deleted)
        else this.#topics.set(topicConfig.topicName, topicConfig)
      },
    )
    // Adds the system topics that are missing in the file. When `autoCreateTopicEnable` is true, the topic TBW102 receives
    // the settings of `broker.conf`, even when the file of topics contains other settings for TBW102.
    const { brokerName, brokerClusterName, defaultTopicQueueNums, traceTopicEnable, msgTraceTopicName } = this.#config
    const nameTopicPerm = (isEnabled: boolean) => (isEnabled ? READ_WRITE | PERM.INHERIT : PERM.INHERIT)
    if (this.#config.autoCreateTopicEnable) {
      this.#topics.set(
        AUTO_CREATE_TOPIC_KEY_TOPIC,
        makeTopicConfig(AUTO_CREATE_TOPIC_KEY_TOPIC, defaultTopicQueueNums, READ_WRITE | PERM.INHERIT),
      )
    }
    for (const [name, queues, perm] of [
      ['SELF_TEST_TOPIC', 1, READ_WRITE],
      ['BenchmarkTest', 1024, READ_WRITE],
      ['OFFSET_MOVED_EVENT', 1, READ_WRITE],
      [SCHEDULE_TOPIC, this.#config.messageDelayLevelMs.length, READ_WRITE],
      [TIMER_TOPIC, 1, READ_WRITE],
      [reviveTopic(brokerClusterName), this.#config.reviveQueueNum, READ_WRITE],
      [HALF_TOPIC, 1, READ_WRITE],
      [OP_TOPIC, 1, READ_WRITE],
      [brokerClusterName, 16, nameTopicPerm(this.#config.clusterTopicEnable)],
      [brokerName, 1, nameTopicPerm(this.#config.brokerTopicEnable)],
      ...(traceTopicEnable ? [[msgTraceTopicName, 1, READ_WRITE] as const] : []),
      [replyTopic(brokerClusterName), 1, READ_WRITE],
      ...(this.#config.enableSlaveActingMaster
        ? [[`${SYNC_BROKER_MEMBER_GROUP_PREFIX}${brokerName}`, 1, PERM.INHERIT] as const]
        : []),
    ] as const) {
      if (!this.#topics.has(name)) this.#topics.set(name, makeTopicConfig(name, queues, perm))
    }
  }

  get(topic: string): TopicConfig | undefined {
    return this.#topics.get(topic)
  }

  names(): readonly string[] {
    return [...this.#topics.keys()]
  }

  /**
   * Returns true for a system topic: a topic of `SYSTEM_TOPICS`, a name with `rmq_sys_`, or the name of the broker, of the
   * cluster or of the topic for traces. Clients and operators may not change or delete a system topic.
   */
  isSystemTopic(topic: string): boolean {
    const { brokerName, brokerClusterName, traceTopicEnable, msgTraceTopicName } = this.#config
    const ownNames = [brokerName, brokerClusterName, ...(traceTopicEnable ? [msgTraceTopicName] : [])]
    return topic.startsWith('rmq_sys_') || SYSTEM_TOPICS.has(topic) || ownNames.includes(topic)
  }

  systemTopics(): readonly string[] {
    const { brokerName, brokerClusterName } = this.#config
    return [...SYSTEM_TOPICS, brokerClusterName, brokerName]
  }

  /** Returns the body of a registration with every topic and the version of the table. */
  registration(): RegisterBrokerBody {
    return { dataVersion: this.#dataVersion, topicConfigTable: this.#topics }
  }

  /**
   * Returns the body of a registration with the topics `names` and their present settings. Topics in `names` that do not
   * exist are left out.
   */
  partOf(names: Iterable<string>): RegisterBrokerBody {
    const part = new Map<string, TopicConfig>()
    for (const name of names) {
      const config = this.#topics.get(name)
      if (config !== undefined) part.set(name, config)
    }
    return { dataVersion: this.#dataVersion, topicConfigTable: part }
  }

  /**
   * Raises the version without a change, because a NameServer of 4.9 accepts a table only when the version of the table has
   * changed.
   */
  raiseVersion(): void {
    this.#dataVersion = nextVersion(this.#dataVersion, this.#host.clock.nowMs())
  }

  /**
   * Begins the versions of a master epoch. A NameServer ignores the registration of a broker whose `stateVersion` is lower,
   * so an old master cannot replace the new master in the route.
   */
  beginEpoch(stateVersion: number): void {
    this.#dataVersion = { ...nextVersion(this.#dataVersion, this.#host.clock.nowMs()), stateVersion }
  }

  /** Creates or changes a topic. Throws `Refusal` when the topic may not be created or changed (`check`). */
  update(config: TopicConfig): void {
    this.check(config)
    this.#set(config)
  }

  /**
   * Checks that a topic may be created or changed. Throws `Refusal` when the number of queues is negative or too large, or
   * when the broker has too many topics. `others` is the number of other topics that the same request will create before
   * this topic.
   */
  check({ topicName, readQueueNums, writeQueueNums }: TopicConfig, others = 0): void {
    const max = Math.max(readQueueNums, writeQueueNums)
    const min = Math.min(readQueueNums, writeQueueNums)
    if (min < 0 || max > QUEUES_PER_TOPIC_MAX)
      throw new Refusal(
        ResponseCode.INVALID_PARAMETER,
        `a topic may have 0 to ${QUEUES_PER_TOPIC_MAX} queues, not ${min < 0 ? min : max}`,
      )
    if (!this.#topics.has(topicName) && this.#topics.size + others >= TOPICS_MAX)
      throw new Refusal(ResponseCode.INVALID_PARAMETER, FULL)
  }

  /** Called when `brokerPermission` has changed. Every topic is then registered again. */
  permissionChanged(): void {
    this.raiseVersion()
    for (const topic of this.#topics.keys()) this.#onChanged(topic)
  }

  // #region adopt-topics
  /**
   * Replaces the table of topics with the table of the master. Called on a slave. Throws `BodyError` when the table has more
   * topics than a broker may have.
   */
  adopt({ dataVersion, topicConfigTable }: RegisterBrokerBody): void {
    if (sameVersion(dataVersion, this.#dataVersion)) return
    if (topicConfigTable.size > TOPICS_MAX) throw new BodyError(`the master has more than ${TOPICS_MAX} topics`)
    for (const topic of [...this.#topics.keys()]) if (!topicConfigTable.has(topic)) this.delete(topic)
    for (const [topic, config] of topicConfigTable)
      if (JSON.stringify(config) !== JSON.stringify(this.#topics.get(topic))) this.#set(config)
    this.#dataVersion = dataVersion
  }
  // #endregion adopt-topics

  delete(topic: string): void {
    if (!this.#topics.delete(topic)) return
    this.raiseVersion()
    this.#write(topic, { dataVersion: this.#dataVersion, deleted: topic })
  }

  // #region create-in-send
  /**
   * Returns the settings of the topic of a send. When the topic does not exist, returns the settings with which `make` will
   * create the topic. Throws `Refusal` when the topic may not be created.
   */
  topicForSend(topic: string, defaultTopic: string, wantedQueueNums: number): TopicConfig {
    const known = this.#topics.get(topic)
    if (known !== undefined) return known
    const unknown = new Refusal(ResponseCode.TOPIC_NOT_EXIST, `topic[${topic}] not exist, apply first please!`)
    const isRetry = topic.startsWith(RETRY_TOPIC_PREFIX)
    if (!isRetry && defaultTopic === AUTO_CREATE_TOPIC_KEY_TOPIC && !this.#config.autoCreateTopicEnable) throw unknown
    const model = isRetry ? undefined : this.#topics.get(defaultTopic)
    if (!isRetry && (model === undefined || (model.perm & PERM.INHERIT) === 0)) throw unknown
    if (this.#topics.size >= TOPICS_MAX) throw new Refusal(ResponseCode.TOPIC_NOT_EXIST, FULL)
    if (model === undefined) return makeTopicConfig(topic, 1)
    const queueNums = Math.min(wantedQueueNums, model.writeQueueNums)
    if (queueNums <= 0) throw unknown
    return makeTopicConfig(topic, queueNums, model.perm & ~PERM.INHERIT)
  }

  /** Creates the topic whose settings `topicForSend` has returned. Does not change an existing topic. */
  make(config: TopicConfig): void {
    if (this.#topics.has(config.topicName)) return
    const { topicName: topic, readQueueNums, writeQueueNums } = config
    this.#host.trace.emit?.('topic.created', { topic, readQueueNums, writeQueueNums })
    this.#set(config)
  }
  // #endregion create-in-send

  /**
   * Returns the settings of a topic that the broker itself needs, for example the retry topic of a group. Creates the topic
   * when it is missing. Returns undefined when the broker has too many topics.
   */
  createPlain(topic: string, queueNums: number): TopicConfig | undefined {
    const known = this.#topics.get(topic)
    if (known !== undefined) return known
    if (this.#topics.size >= TOPICS_MAX && !this.isSystemTopic(topic)) return undefined
    const config = makeTopicConfig(topic, queueNums)
    this.make(config)
    return config
  }

  // #region when-stored
  /**
   * Calls `done` when the newest change of a topic is durable. When all changes of the topic are durable already, calls
   * `done` at once. When the disk refuses a change, the change is written again until the disk accepts it.
   */
  whenStored(topic: string, done: () => void): void {
    const unstored = this.#unstored.get(topic)
    if (unstored === undefined) return done()
    if (!unstored.isRefused) return void unstored.waiting.push(() => this.whenStored(topic, done))
    this.#file.persist((isStored) => {
      if (isStored) this.#unstored.delete(topic)
      if (isStored) done()
      else this.#host.clock.after(CONFIG_WRITE_AGAIN_MS, () => this.whenStored(topic, done))
    })
  }

  /**
   * Calls `done` when the newest change of a topic is durable, or when the disk has refused this change. A refused change is
   * written again later.
   */
  whenWritten(topic: string, done: () => void): void {
    const unstored = this.#unstored.get(topic)
    if (unstored === undefined || unstored.isRefused) done()
    else unstored.waiting.push(done)
  }
  // #endregion when-stored

  #set(config: TopicConfig): void {
    this.#topics.set(config.topicName, config)
    this.raiseVersion()
    this.#write(config.topicName, { dataVersion: this.#dataVersion, topicConfig: config })
    this.#onChanged(config.topicName)
  }

  #write(topic: string, change: Partial<TopicChange>): void {
    const unstored: Unstored = { isRefused: false, waiting: [] }
    this.#unstored.set(topic, unstored)
    this.#file.changed(change, (isStored) => {
      unstored.isRefused = !isStored
      if (isStored && this.#unstored.get(topic) === unstored) this.#unstored.delete(topic)
      for (const done of unstored.waiting) done()
    })
  }

  /** Writes the file of topics for the last time, then calls `done`. Called when the broker stops. */
  close(done: () => void): void {
    this.#file.close(done)
  }
}
