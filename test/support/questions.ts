/**
 * Questions to a server, made from the definitions of the requests: for each request the usual one, one for each other value of
 * each field, one without each field, and some in which several fields differ.
 */
import { RandomStream } from '../../reference/host/sim/random.ts'
import type { HeaderFields, RequestDefinition } from '../../reference/remoting/request.ts'

/** A request by its name in RocketMQ, as `remoting/requests` defines it. */
export interface Asked {
  readonly name: string
  readonly request: RequestDefinition<HeaderFields>
}

/** One question: what of it is not usual, in words, and its fields as they are on the wire. */
export interface Variant {
  readonly words: string
  readonly fields: Readonly<Record<string, string>>
}

/** Stands for the id of a connected consumer, which the cluster draws. */
export const CLIENT = '$client'

/** How many questions differ in several fields. */
const MIXED = 6

const GROUPS = ['billing', 'slow', 'nobody', 'a b', '']
const NUMBERS = ['1', '0', '-1', '2', '1000', 'x']
const COUNTS = ['2', '0', '1', '33', '-1']
/** The first value of a field is the usual one. A field that is not here has the values of its type. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  topic: ['Orders', 'Nobody', '%RETRY%billing', 'SCHEDULE_TOPIC_XXXX', 'a b', ''],
  defaultTopic: ['TBW102', 'Orders', 'Nobody'],
  originTopic: ['Orders', 'Nobody'],
  topicList: ['Orders;Nobody', 'Orders', ''],
  consumerGroup: GROUPS,
  group: GROUPS,
  groupName: GROUPS,
  srcGroup: GROUPS,
  compareGroup: GROUPS,
  filterGroups: ['slow', 'billing,slow', ''],
  destGroup: ['copy', 'billing', 'slow'],
  producerGroup: ['shop-group', 'nobody', 'a b', ''],
  queueId: ['0', '1', '-1', '2', 'x'],
  offset: NUMBERS,
  queueOffset: ['1', '0', '-1', '9', '1000'],
  commitOffset: NUMBERS,
  index: NUMBERS,
  maxMsgNums: COUNTS,
  maxNum: COUNTS,
  count: COUNTS,
  maxMsgBytes: ['400', '0', '-1', '100000'],
  sysFlag: ['4', '0', '1', '2', '5', '6'],
  subscription: ['*', 'even', 'odd || even', 'none', ''],
  exp: ['*', 'even', ''],
  expressionType: ['TAG', 'SQL92', 'XPATH'],
  expType: ['TAG', 'SQL92'],
  suspendTimeoutMillis: ['500', '0'],
  pollTime: ['500', '0'],
  invisibleTime: ['60000', '5000', '-1'],
  bornTime: ['0', '1', 'x'],
  initMode: ['0', '1', '7'],
  key: ['k-1', 'u-1', 'nobody', ''],
  beginTimestamp: ['0', '9007199254740991', '-1'],
  endTimestamp: ['9007199254740991', '0', '-1'],
  timestamp: ['-1', '0', '9007199254740991', '1700000000000'],
  boundaryType: ['LOWER', 'UPPER', 'lower'],
  statsName: ['TOPIC_PUT_NUMS', 'GROUP_GET_NUMS', 'NOBODY'],
  statsKey: ['Orders', 'Orders@billing', 'nobody'],
  brokerName: ['broker-a', 'nobody', ''],
  bname: ['broker-a', 'nobody'],
  brokerAddr: ['10.0.0.2:10911', 'nowhere'],
  clusterName: ['DefaultCluster', 'nobody', ''],
  cluster: ['DefaultCluster', 'nobody'],
  brokerId: ['0', '1', '-1', 'x'],
  namespace: ['ORDER_TOPIC_CONFIG', 'nobody', ''],
  value: ['some text', ''],
  clientId: [CLIENT, 'nobody'],
  clientID: [CLIENT, 'nobody'],
  perm: ['6', '4', '2', '0', '7', '8', '-1'],
  readQueueNums: ['3', '0', '-1', '100000'],
  writeQueueNums: ['3', '0', '-1', '100000'],
  topicFilterType: ['SINGLE_TAG', 'MULTI_TAG', 'x'],
  attributes: ['+message.type=FIFO', '-message.type', '+color=red', 'x'],
  delayLevel: ['0', '3', '-1', '99'],
  commitOrRollback: ['8', '12', '0', '1'],
  properties: ['KEYS\u0001q-1\u0002TAGS\u0001even\u0002', 'DELAY\u00011\u0002', 'x', ''],
  bornTimestamp: ['1700000000000', '0', '-1'],
  extraInfo: ['0 1700000000000 60000 0 0 broker-a 0', '0 1700000000000 60000 0 1 broker-a 0', 'x', ''],
}
const OF_TYPE: Readonly<Record<string, readonly string[]>> = {
  string: ['x', ''],
  int: NUMBERS,
  long: NUMBERS,
  bigLong: NUMBERS,
  boolean: ['false', 'true', 'x'],
}

type Header = Readonly<Record<string, string | undefined>>

/** All questions of a request, in an order that stays. */
export function variantsOf({ name, request }: Asked): readonly Variant[] {
  const fields = Object.entries(request.fields)
  const valuesOf = (field: string, type: string) => VALUES[field] ?? OF_TYPE[type.replace('!', '')]!
  const usual: Header = Object.fromEntries(fields.map(([field, type]) => [field, valuesOf(field, type)[0]]))
  const variant = (other: Header): Variant => ({
    words:
      Object.entries(other)
        .map(([field, value]) => (value === undefined ? `no ${field}` : `${field}=${value}`))
        .join(' ') || 'as usual',
    fields: request.encode({ ...usual, ...other } as never),
  })
  const single = fields.flatMap(([field, type]) =>
    [...valuesOf(field, type).slice(1), undefined].map((value) => variant({ [field]: value })),
  )
  const chance = new RandomStream(request.code, `questions: ${name}`)
  const mixed = Array.from({ length: fields.length > 1 ? MIXED : 0 }, () => {
    const some = fields.filter(() => chance.int(3) === 0)
    const values = some.map(([field, type]) => [field, valuesOf(field, type)] as const)
    return variant(Object.fromEntries(values.map(([field, all]) => [field, all[chance.int(all.length)]])))
  })
  return [variant({}), ...single, ...mixed]
}
