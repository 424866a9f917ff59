/** Mistakes in how a producer tries: how often, where, for how long; and in its options. */
import type { Mutant } from './mutants.ts'

const PRODUCER = 'reference/client/producer/producer.ts'
const OUTGOING = 'reference/client/producer/outgoing.ts'
const OPTIONS = 'reference/client/producer/producer-options.ts'
const INFO = 'reference/client/producer/topic-publish-info.ts'

export const PRODUCER_MUTANTS: readonly Mutant[] = [
  {
    name: 'one try too many',
    file: PRODUCER,
    find: 'attempt <= outgoing.retries &&',
    replace: 'attempt <= outgoing.retries + 1 &&',
  },
  {
    name: 'one try too few',
    file: PRODUCER,
    find: 'attempt <= outgoing.retries &&',
    replace: 'attempt < outgoing.retries &&',
  },
  {
    name: 'a retry goes to whichever queue comes next',
    file: PRODUCER,
    find: 'info.select(lastBrokerName, this.#faults)!',
    replace: "info.select('', this.#faults)!",
  },
  {
    name: 'a retry goes to the same broker',
    file: INFO,
    find: 'brokerName !== lastBrokerName',
    replace: "(lastBrokerName === '' || brokerName === lastBrokerName)",
  },
  {
    name: 'a retry asks the broker of the first try',
    file: PRODUCER,
    find: 'attempt + 1, brokerName)',
    replace: "attempt + 1, lastBrokerName === '' ? brokerName : lastBrokerName)",
  },
  {
    name: 'every try has the whole time of the send',
    file: PRODUCER,
    find: 'outgoing.deadlineMs - startMs, attempt',
    replace: 'this.#options.sendMsgTimeoutMs ?? limits.SEND_MSG_TIMEOUT_MS, attempt',
  },
  {
    name: 'it tries although the time is over',
    file: PRODUCER,
    find: 'host.clock.monotonicMs() < outgoing.deadlineMs',
    replace: 'true',
  },
  {
    name: 'the last try has no more time than the others',
    file: OPTIONS,
    find: 'perRequestMs === undefined || isLast ?',
    replace: 'perRequestMs === undefined ?',
  },
  {
    name: 'a try takes more than is left of the send',
    file: OPTIONS,
    find: 'Math.min(leftMs, perRequestMs))',
    replace: 'perRequestMs)',
  },
  {
    name: 'every refusal is tried again',
    file: OUTGOING,
    find: 'return RETRIABLE_RESPONSE_CODES.has(sent.error.code)',
    replace: 'return true',
  },
  {
    name: 'no refusal is tried again',
    file: OUTGOING,
    find: 'return RETRIABLE_RESPONSE_CODES.has(sent.error.code)',
    replace: 'return false',
  },
  {
    name: 'a chosen queue is tried again',
    file: PRODUCER,
    find: 'options.queue === undefined && options.select === undefined ? retries : 0',
    replace: 'retries',
  },
  {
    name: 'retryTimesWhenSendFailed is not read',
    file: OPTIONS,
    find: "settings.whole('retryTimesWhenSendFailed', limits.RETRY_TIMES_WHEN_SEND_FAILED, 0, 1_000)",
    replace: 'limits.RETRY_TIMES_WHEN_SEND_FAILED',
  },
  {
    name: 'sendMsgTimeout is not read',
    file: OPTIONS,
    find: "settings.whole('sendMsgTimeout', limits.SEND_MSG_TIMEOUT_MS, 1, INT_MAX)",
    replace: 'limits.SEND_MSG_TIMEOUT_MS',
  },
  {
    name: 'sendMsgMaxTimeoutPerRequest is not read',
    file: OPTIONS,
    find: '...(perRequestMs < 0 ? {} : { sendMsgMaxTimeoutPerRequestMs: perRequestMs }),',
    replace: '',
  },
  {
    name: 'retryAnotherBrokerWhenNotStoreOK the other way round',
    file: OUTGOING,
    find: 'isStoreOkWanted &&',
    replace: '!isStoreOkWanted &&',
  },
  {
    name: 'retryAnotherBrokerWhenNotStoreOK is always off',
    file: OPTIONS,
    find: "settings.flag('retryAnotherBrokerWhenNotStoreOK', false)",
    replace: 'false',
  },
  {
    name: 'sendLatencyFaultEnable is always off',
    file: OPTIONS,
    find: "settings.flag('sendLatencyFaultEnable', false)",
    replace: 'false',
  },
  {
    name: 'sendLatencyFaultEnable: failures are not noted',
    file: PRODUCER,
    find: 'else this.#faults?.failed(brokerName)',
    replace: '',
  },
  {
    name: 'startDetectorEnable is always off',
    file: OPTIONS,
    find: "settings.flag('startDetectorEnable', false)",
    replace: 'false',
  },
]

const LOST_MASTER = 'reference/client/producer/lost-master.ts'

/** Mistakes in the questions for a route after failed sends. */
export const PRODUCER_ROUTE_MUTANTS: readonly Mutant[] = [
  {
    name: 'no route is asked for after a failed send, as in RocketMQ',
    after: 'DefaultMQProducerImpl.sendDefaultImpl',
    file: LOST_MASTER,
    find: '!isMasterLost ||',
    replace: 'true ||',
  },
  {
    name: 'a route is asked for after each failed try',
    file: LOST_MASTER,
    find: 'sinceMs < ROUTE_AFTER_FAILURE_INTERVAL_MS',
    replace: 'sinceMs < 0',
  },
  {
    name: 'a route is asked for although another broker takes the message',
    file: LOST_MASTER,
    find: '!isOnlyBroker ||',
    replace: '',
  },
  {
    name: 'an old master that answers as a slave counts as the master',
    file: LOST_MASTER,
    find: 'new Set([0, ResponseCode.SYSTEM_BUSY, ResponseCode.SERVICE_NOT_AVAILABLE])',
    replace: 'new Set([0])',
  },
  {
    name: 'a send waits for a silent NameServer',
    file: LOST_MASTER,
    find: 'const timer = clock.after(ROUTE_AFTER_FAILURE_INTERVAL_MS, goOn)',
    replace: 'const timer = clock.after(60_000, goOn)',
  },
  {
    name: 'a last try that has failed asks for no route',
    file: 'reference/client/producer/producer.ts',
    find: '        this.#lostMaster.tryEnded(topic, info, sent)\n',
    replace: '',
  },
]
