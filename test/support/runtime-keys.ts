/**
 * Keys of GET_BROKER_RUNTIME_INFO from which `org.apache.rocketmq.exporter.model.BrokerRuntimeStats` reads a number: without one
 * of them the exporter gives the whole broker up. With what they are read as.
 */

/** `Long.parseLong`. */
export const RUNTIME_LONGS = [
  ...['msgPutTotalTodayNow', 'msgGetTotalTodayNow', 'msgPutTotalTodayMorning', 'msgGetTotalTodayMorning'],
  ...['msgPutTotalYesterdayMorning', 'msgGetTotalYesterdayMorning', 'sendThreadPoolQueueHeadWaitTimeMills'],
  ...['queryThreadPoolQueueHeadWaitTimeMills', 'pullThreadPoolQueueHeadWaitTimeMills', 'queryThreadPoolQueueSize'],
  ...['pullThreadPoolQueueSize', 'sendThreadPoolQueueSize', 'sendThreadPoolQueueCapacity'],
  ...['pullThreadPoolQueueCapacity', 'queryThreadPoolQueueCapacity', 'commitLogMinOffset', 'commitLogMaxOffset'],
  ...['bootTimestamp', 'dispatchMaxBuffer', 'brokerVersion', 'pageCacheLockTimeMills', 'getMessageEntireTimeMax'],
  ...['putMessageEntireTimeMax', 'putMessageTimesTotal', 'putMessageFailedTimes', 'putMessageSizeTotal'],
  ...['startAcceptSendRequestTimeStamp', 'earliestMessageTimeStamp', 'remainTransientStoreBufferNumbs'],
  'dispatchBehindBytes',
]

/** `Double.parseDouble` of what stands before the first blank. */
export const RUNTIME_DOUBLES = [
  ...['remainHowManyDataToFlush', 'consumeQueueDiskRatio', 'commitLogDiskRatio', 'putMessageAverageSize'],
  ...['putLatency99', 'putLatency999'],
]

/** Three doubles. */
export const RUNTIME_RATES = ['putTps', 'getMissTps', 'getTotalTps', 'getFoundTps']

export const RUNTIME_NUMBERS = [...RUNTIME_LONGS, ...RUNTIME_DOUBLES, ...RUNTIME_RATES]
