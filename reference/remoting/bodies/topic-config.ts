/**
 * The settings of a topic on one broker, and the table of all topics.
 *
 * RocketMQ: `TopicConfig`, `TopicConfigSerializeWrapper`, `RegisterBrokerBody`.
 */
import { flag, list, record, type Shape, table, text, toObject, whole } from '../../common/shape.ts'
import { PERM } from '../../common/sys-flag.ts'
import { type DataVersion, dataVersionShape } from './data-version.ts'

/** The settings of one topic. */
export interface TopicConfig {
  readonly topicName: string
  readonly readQueueNums: number
  readonly writeQueueNums: number
  /** The permissions, as bits of `PERM` (`common/sys-flag.ts`). */
  readonly perm: number
  readonly topicFilterType: string
  readonly topicSysFlag: number
  readonly order: boolean
  readonly attributes: { readonly [name: string]: string }
}

/** Reads the settings of a topic. Missing fields have the defaults of Java's class. */
export const topicConfigShape: Shape<TopicConfig> = record<TopicConfig>({
  topicName: text(),
  readQueueNums: whole(16),
  writeQueueNums: whole(16),
  perm: whole(PERM.READ | PERM.WRITE),
  topicFilterType: text('SINGLE_TAG'),
  topicSysFlag: whole(),
  order: flag(),
  attributes: (value, path) => toObject(table(text())(value, path)),
})

/** The body of UPDATE_AND_CREATE_TOPIC_LIST. */
export const topicConfigListShape: Shape<{ topicConfigList: TopicConfig[] }> = record<{
  topicConfigList: TopicConfig[]
}>({ topicConfigList: list(topicConfigShape) })

/** The body of REGISTER_BROKER, without the fields of static topics. */
export interface RegisterBrokerBody {
  readonly dataVersion: DataVersion
  readonly topicConfigTable: ReadonlyMap<string, TopicConfig>
}

/** The body of the answer to GET_ALL_TOPIC_CONFIG. A slave copies these topics of its master. */
export const topicTableShape: Shape<RegisterBrokerBody> = record<RegisterBrokerBody>({
  dataVersion: dataVersionShape,
  topicConfigTable: table(topicConfigShape),
})

export const registerBrokerBodyShape: Shape<RegisterBrokerBody> = (value, path) =>
  record<{ topicConfigSerializeWrapper: RegisterBrokerBody }>({ topicConfigSerializeWrapper: topicTableShape })(
    value,
    path,
  ).topicConfigSerializeWrapper

/**
 * Returns the body of the answer to GET_ALL_TOPIC_CONFIG. The fields of static topics are empty, but slaves of 5.x expect
 * these fields.
 */
export function allTopicConfigJson({ dataVersion, topicConfigTable }: RegisterBrokerBody): object {
  return {
    dataVersion,
    mappingDataVersion: { counter: 0, stateVersion: 0, timestamp: 0 },
    topicConfigTable: toObject(topicConfigTable),
    topicQueueMappingDetailMap: {},
    topicQueueMappingInfoMap: {},
  }
}

/** Returns the body of REGISTER_BROKER in the form that NameServers of 4.9 and 5.x read. */
export function registerBrokerBodyJson(body: RegisterBrokerBody): object {
  return {
    filterServerList: [],
    topicConfigSerializeWrapper: { dataVersion: body.dataVersion, topicConfigTable: toObject(body.topicConfigTable) },
  }
}
