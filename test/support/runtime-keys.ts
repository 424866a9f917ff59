/**
 * Keys of GET_BROKER_RUNTIME_INFO from which `org.apache.rocketmq.exporter.model.BrokerRuntimeStats` reads a number: without one
 * of them it gives the whole broker up.
 */
export const RUNTIME_NUMBERS = [
  ...['msgPutTotalTodayNow', 'msgGetTotalTodayNow', 'msgPutTotalTodayMorning', 'msgGetTotalTodayMorning'],
  ...['msgPutTotalYesterdayMorning', 'msgGetTotalYesterdayMorning'],
  ...['putTps', 'getMissTps', 'getTransferredTps', 'getTransferedTps', 'getTotalTps', 'getFoundTps'],
  ...['sendThreadPoolQueueHeadWaitTimeMills', 'queryThreadPoolQueueHeadWaitTimeMills'],
  ...['pullThreadPoolQueueHeadWaitTimeMills', 'queryThreadPoolQueueSize', 'pullThreadPoolQueueSize'],
  ...['sendThreadPoolQueueSize', 'sendThreadPoolQueueCapacity', 'pullThreadPoolQueueCapacity'],
  ...['queryThreadPoolQueueCapacity', 'remainHowManyDataToFlush', 'commitLogMinOffset', 'commitLogMaxOffset'],
  ...['bootTimestamp', 'dispatchMaxBuffer', 'brokerVersion', 'consumeQueueDiskRatio', 'commitLogDiskRatio'],
  ...['pageCacheLockTimeMills', 'getMessageEntireTimeMax', 'putMessageEntireTimeMax', 'putMessageTimesTotal'],
  ...['putMessageFailedTimes', 'putMessageSizeTotal', 'putMessageAverageSize', 'startAcceptSendRequestTimeStamp'],
  ...['earliestMessageTimeStamp', 'remainTransientStoreBufferNumbs', 'dispatchBehindBytes'],
  ...['putLatency99', 'putLatency999'],
] as const
