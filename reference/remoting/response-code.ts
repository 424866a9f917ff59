/**
 * The codes of answers, and the codes after which a producer tries another broker.
 *
 * A client treats every answer with an error as `definite` (`remoting-error.ts`), which means that the request had no
 * effect. FLUSH_DISK_TIMEOUT, FLUSH_SLAVE_TIMEOUT and SLAVE_NOT_AVAILABLE are not such errors: the message is stored, but
 * less safely than the settings require.
 *
 * RocketMQ: `ResponseCode`, `RemotingSysResponseCode`, `DefaultMQProducerImpl.retryResponseCodes`.
 */
export const ResponseCode = {
  SUCCESS: 0,
  SYSTEM_ERROR: 1,
  SYSTEM_BUSY: 2,
  REQUEST_CODE_NOT_SUPPORTED: 3,
  FLUSH_DISK_TIMEOUT: 10,
  SLAVE_NOT_AVAILABLE: 11,
  FLUSH_SLAVE_TIMEOUT: 12,
  MESSAGE_ILLEGAL: 13,
  SERVICE_NOT_AVAILABLE: 14,
  NO_PERMISSION: 16,
  TOPIC_NOT_EXIST: 17,
  PULL_NOT_FOUND: 19,
  PULL_RETRY_IMMEDIATELY: 20,
  PULL_OFFSET_MOVED: 21,
  QUERY_NOT_FOUND: 22,
  SUBSCRIPTION_PARSE_FAILED: 23,
  SUBSCRIPTION_NOT_EXIST: 24,
  SUBSCRIPTION_NOT_LATEST: 25,
  SUBSCRIPTION_GROUP_NOT_EXIST: 26,
  INVALID_PARAMETER: 29,
  CONSUMER_NOT_ONLINE: 206,
  CONSUME_MSG_TIMEOUT: 207,
  NO_MESSAGE: 208,
  POLLING_FULL: 209,
  POLLING_TIMEOUT: 210,
  FLOW_CONTROL: 215,
  ILLEGAL_OPERATION: 604,
  GO_AWAY: 1500,
} as const

/** One response code. */
export type ResponseCode = (typeof ResponseCode)[keyof typeof ResponseCode]

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(ResponseCode).map(([name, code]) => [code, name]))

/** The codes of errors after which a producer tries another broker. */
export const RETRIABLE_RESPONSE_CODES: ReadonlySet<number> = new Set([
  ResponseCode.TOPIC_NOT_EXIST,
  ResponseCode.SERVICE_NOT_AVAILABLE,
  ResponseCode.SYSTEM_ERROR,
  ResponseCode.SYSTEM_BUSY,
  ResponseCode.NO_PERMISSION,
  ResponseCode.GO_AWAY,
])

/** Returns RocketMQ's name of a response code. Returns a text such as `code 77` for an unknown code. */
export function responseName(code: number): string {
  return NAMES.get(code) ?? `code ${code}`
}
