/**
 * The topics of this broker and their settings (`config/topics.json`).
 *
 * A send to an unknown topic makes it, if the broker allows it, with the settings of TBW102 and at most as many queues as
 * the sender asks for. Each change raises the version that NameServers compare.
 *
 * RocketMQ: `TopicConfigManager`. Not here: static topics.
 */
import { QUEUES_PER_TOPIC_MAX, TOPICS_MAX } from '../common/limits.ts'
import { AUTO_CREATE_TOPIC_KEY_TOPIC, RETRY_TOPIC_PREFIX, replyTopic } from '../common/message.ts'
import { reviveTopic } from '../common/pop-names.ts'
import { record, table, toObject } from '../common/shape.ts'
import { PERM } from '../common/sys-flag.ts'
import { TRACE_TOPIC } from '../common/topic-validator.ts'
import type { Host } from '../host/host.ts'
import { type DataVersion, dataVersionShape, nextVersion } from '../remoting/bodies/data-version.ts'
import { type RegisterBrokerBody, type TopicConfig, topicConfigShape } from '../remoting/bodies/topic-config.ts'
import { SCHEDULE_TOPIC } from '../store/delay-level.ts'
import type { BrokerConfig } from './broker-config.ts'
import { ConfigFile } from './config-file.ts'
import { CONFIG_WRITE_AGAIN_MS } from './limits.ts'
import { TIMER_TOPIC } from './timer/timer-message.ts'
import { HALF_TOPIC, OP_TOPIC } from './transaction/half-message.ts'

const fileShape = record<{ dataVersion: DataVersion; topicConfigTable: Map<string, TopicConfig> }>({
  dataVersion: dataVersionShape,
  topicConfigTable: table(topicConfigShape),
})

const READ_WRITE = PERM.READ | PERM.WRITE

/** RocketMQ: `TopicValidator.SYSTEM_TOPIC_SET`. */
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

/** A topic with `queueNums` read and write queues. */
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

export class TopicConfigManager {
  readonly #host: Host
  readonly #config: BrokerConfig
  readonly #onChanged: () => void
  readonly #file: ConfigFile<{ dataVersion: DataVersion; topicConfigTable: Map<string, TopicConfig> }>
  #topics = new Map<string, TopicConfig>()
  /** Made, and not in the file yet. */
  readonly #unstored = new Set<string>()
  #dataVersion: DataVersion

  /** `onChanged` is called after each change: NameServers should hear of it. */
  constructor(host: Host, config: BrokerConfig, onChanged: () => void) {
    this.#host = host
    this.#config = config
    this.#onChanged = onChanged
    this.#dataVersion = { counter: 0, stateVersion: 0, timestamp: host.clock.nowMs() }
    this.#file = new ConfigFile(host, `${config.storePathRootDir}config/topics.json`, fileShape, () => ({
      dataVersion: this.#dataVersion,
      topicConfigTable: toObject(this.#topics),
    }))
  }

  /** Reads the file and adds the system's own topics. */
  load(): void {
    const stored = this.#file.load()
    if (stored !== undefined) {
      this.#topics = stored.topicConfigTable
      this.#dataVersion = stored.dataVersion
    }
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

  /** Names that belong to the broker itself: nobody may change or delete these topics. */
  isSystemTopic(topic: string): boolean {
    const { brokerName, brokerClusterName, traceTopicEnable, msgTraceTopicName } = this.#config
    const ownNames = [brokerName, brokerClusterName, ...(traceTopicEnable ? [msgTraceTopicName] : [])]
    return topic.startsWith('rmq_sys_') || SYSTEM_TOPICS.has(topic) || ownNames.includes(topic)
  }

  systemTopics(): readonly string[] {
    const { brokerName, brokerClusterName } = this.#config
    return [...SYSTEM_TOPICS, brokerClusterName, brokerName]
  }

  /** Body of a registration: every topic, and the version. */
  registration(): RegisterBrokerBody {
    return { dataVersion: this.#dataVersion, topicConfigTable: this.#topics }
  }

  /** Makes or changes a topic. '' or the sentence that says why not. */
  update(config: TopicConfig): string {
    const most = Math.max(config.readQueueNums, config.writeQueueNums)
    const least = Math.min(config.readQueueNums, config.writeQueueNums)
    if (least < 0 || most > QUEUES_PER_TOPIC_MAX)
      return `a topic may have 0 to ${QUEUES_PER_TOPIC_MAX} queues, not ${least < 0 ? least : most}`
    if (!this.#topics.has(config.topicName) && this.#topics.size >= TOPICS_MAX)
      return `this broker already has ${TOPICS_MAX} topics: delete some first`
    this.#topics.set(config.topicName, config)
    this.#changed()
    return ''
  }

  /** `brokerPermission` is another: NameServers are told of every topic with it. */
  permissionChanged(): void {
    this.#changed()
  }

  delete(topic: string): void {
    if (this.#topics.delete(topic)) this.#changed()
  }

  // #region create-in-send
  /** The topic of a send, made if need be; undefined when it neither exists nor may be made. */
  topicForSend(topic: string, defaultTopic: string, wantedQueueNums: number): TopicConfig | undefined {
    const known = this.#topics.get(topic)
    if (known !== undefined) return known
    if (topic.startsWith(RETRY_TOPIC_PREFIX)) return this.createPlain(topic, 1)
    const model = this.#topics.get(defaultTopic)
    if (defaultTopic === AUTO_CREATE_TOPIC_KEY_TOPIC && !this.#config.autoCreateTopicEnable) return undefined
    if (model === undefined || (model.perm & PERM.INHERIT) === 0 || this.#topics.size >= TOPICS_MAX) return undefined
    const queueNums = Math.min(wantedQueueNums, model.writeQueueNums)
    if (queueNums <= 0) return undefined
    return this.#create(makeTopicConfig(topic, queueNums, model.perm & ~PERM.INHERIT))
  }
  // #endregion create-in-send

  /** A topic of the broker's own needs, such as a group's retry topic; the one that exists stays as it is. */
  createPlain(topic: string, queueNums: number): TopicConfig {
    return this.#topics.get(topic) ?? this.#create(makeTopicConfig(topic, queueNums))
  }

  // #region when-stored
  /** Calls back when a topic that was made would survive a power cut; at once when it would. */
  whenStored(topic: string, done: () => void): void {
    if (!this.#unstored.has(topic)) return done()
    this.#file.persist((isStored) => {
      if (isStored) this.#unstored.delete(topic)
      if (isStored) done()
      else this.#host.clock.after(CONFIG_WRITE_AGAIN_MS, () => this.whenStored(topic, done))
    })
  }
  // #endregion when-stored

  #create(config: TopicConfig): TopicConfig {
    this.#topics.set(config.topicName, config)
    this.#unstored.add(config.topicName)
    if (this.#host.trace.on) {
      const { topicName, readQueueNums, writeQueueNums } = config
      this.#host.trace.emit('topic.created', { topic: topicName, readQueueNums, writeQueueNums })
    }
    this.#changed((isStored) => isStored && this.#unstored.delete(config.topicName))
    return config
  }

  #changed(written: (isStored: boolean) => void = () => {}): void {
    this.#dataVersion = nextVersion(this.#dataVersion, this.#host.clock.nowMs())
    this.#file.persist(written)
    this.#onChanged()
  }

  /** Writes the file one last time. */
  close(done: () => void): void {
    this.#file.persist(done)
  }
}
