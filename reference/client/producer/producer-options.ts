/**
 * The options of a producer. Names and defaults are those of RocketMQ, except for `askRouteWhenMasterIsLost`. Times are in
 * ms.
 *
 * RocketMQ: `DefaultMQProducer`.
 */

import { INT_MAX } from '../../common/bytes.ts'
import { MESSAGE_BODY_BYTES, MESSAGE_BODY_BYTES_MAX } from '../../common/limits.ts'
import type { Settings } from '../../common/properties-file.ts'
import * as limits from '../limits.ts'

/** The options of one producer, with the names that RocketMQ uses. */
export interface ProducerOptions {
  /** `sendMsgTimeout`: the time limit of one send, counted over all of its tries. Default: 3 s. */
  readonly sendMsgTimeoutMs?: number
  /**
   * `sendMsgMaxTimeoutPerRequest`: the time limit of each try except the last one. Default: the rest of the time limit of
   * the send.
   */
  readonly sendMsgMaxTimeoutPerRequestMs?: number
  /** The max number of tries of a synchronous send after the first try. Default: 2. */
  readonly retryTimesWhenSendFailed?: number
  /** The max number of tries of an asynchronous send after the first try. Default: 2. */
  readonly retryTimesWhenSendAsyncFailed?: number
  /** When true, the producer avoids slow and failing brokers for some time: `fault-strategy.ts`. Default: false. */
  readonly sendLatencyFaultEnable?: boolean
  /**
   * When true, the producer sends probes to brokers to which a send has failed. Needs `sendLatencyFaultEnable`. Default:
   * false.
   */
  readonly startDetectorEnable?: boolean
  /** `maxMessageSize`: the max size of a body in bytes. Brokers have a separate limit. Default: 4 MiB. */
  readonly maxMessageSize?: number
  /**
   * When true, and when the status of a synchronous send is not SEND_OK, the producer sends the message again. Default:
   * false.
   */
  readonly retryAnotherBrokerWhenNotStoreOK?: boolean
  /**
   * When true, the producer asks for the route at once when the only master of a topic does not take a message
   * (`lost-master.ts`). RocketMQ has no such option, and waits for the next regular request. Default: true.
   */
  readonly askRouteWhenMasterIsLost?: boolean
}

/** Reads the options of a producer program from `settings`. Throws `ConfigError` when a value is not valid. */
export function producerOptions(settings: Settings): ProducerOptions {
  const perRequestMs = settings.whole('sendMsgMaxTimeoutPerRequest', -1, -1, INT_MAX)
  return {
    sendMsgTimeoutMs: settings.whole('sendMsgTimeout', limits.SEND_MSG_TIMEOUT_MS, 1, INT_MAX),
    ...(perRequestMs < 0 ? {} : { sendMsgMaxTimeoutPerRequestMs: perRequestMs }),
    retryTimesWhenSendFailed: settings.whole('retryTimesWhenSendFailed', limits.RETRY_TIMES_WHEN_SEND_FAILED, 0, 1_000),
    retryTimesWhenSendAsyncFailed: settings.whole(
      'retryTimesWhenSendAsyncFailed',
      limits.RETRY_TIMES_WHEN_SEND_ASYNC_FAILED,
      0,
      1_000,
    ),
    sendLatencyFaultEnable: settings.flag('sendLatencyFaultEnable', false),
    startDetectorEnable: settings.flag('startDetectorEnable', false),
    maxMessageSize: settings.whole('maxMessageSize', MESSAGE_BODY_BYTES, 1, MESSAGE_BODY_BYTES_MAX),
    retryAnotherBrokerWhenNotStoreOK: settings.flag('retryAnotherBrokerWhenNotStoreOK', false),
    askRouteWhenMasterIsLost: settings.flag('askRouteWhenMasterIsLost', true),
  }
}

/**
 * Returns the time limit of one try in ms, at least 1. `leftMs` is the rest of the time limit of the whole send. Each try
 * except the last one also has the limit `sendMsgMaxTimeoutPerRequestMs`.
 */
export function timeoutOfTry(options: ProducerOptions, leftMs: number, isLast: boolean): number {
  const perRequestMs = options.sendMsgMaxTimeoutPerRequestMs
  return Math.max(1, perRequestMs === undefined || isLast ? leftMs : Math.min(leftMs, perRequestMs))
}
