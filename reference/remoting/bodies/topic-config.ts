/**
 * A topic's settings on one broker, and the table of all of them.
 *
 * RocketMQ: `TopicConfig`, `TopicConfigSerializeWrapper`, `RegisterBrokerBody`.
 */
import { flag, record, type Shape, table, text, toObject, whole } from '../../common/shape.ts'
import { PERM } from '../../common/sys-flag.ts'
import { type DataVersion, dataVersionShape } from './data-version.ts'

export interface TopicConfig {
  readonly topicName: string
  readonly readQueueNums: number
  readonly writeQueueNums: number
  /** Bits of `PERM`. */
  readonly perm: number
  readonly topicFilterType: string
  readonly topicSysFlag: number
  readonly order: boolean
  readonly attributes: { readonly [name: string]: string }
}

/** Defaults as Java's class has them. */
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

/** Body of REGISTER_BROKER, without what static topics add. */
export interface RegisterBrokerBody {
  readonly dataVersion: DataVersion
  readonly topicConfigTable: ReadonlyMap<string, TopicConfig>
}

const wrapperShape = record<{ dataVersion: DataVersion; topicConfigTable: Map<string, TopicConfig> }>({
  dataVersion: dataVersionShape,
  topicConfigTable: table(topicConfigShape),
})

export const registerBrokerBodyShape: Shape<RegisterBrokerBody> = (value, path) =>
  record<{ topicConfigSerializeWrapper: RegisterBrokerBody }>({ topicConfigSerializeWrapper: wrapperShape })(
    value,
    path,
  ).topicConfigSerializeWrapper

/** The body in the shape that 4.9 and 5.x NameServers read. */
export function registerBrokerBodyJson(body: RegisterBrokerBody): object {
  return {
    filterServerList: [],
    topicConfigSerializeWrapper: { dataVersion: body.dataVersion, topicConfigTable: toObject(body.topicConfigTable) },
  }
}
