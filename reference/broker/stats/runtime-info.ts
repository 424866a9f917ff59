/**
 * Returns the broker's state as a table. The tool `brokerStatus` prints this table, and the tool `clusterList` reads it.
 *
 * All values are texts, and tools depend on their exact form. For example, the Prometheus exporter splits
 * `commitLogDirCapacity` at its spaces. A rate has three numbers: for the last 10, 60 and 600 seconds. RocketMQ's table has
 * rows for the queues of its thread pools. This broker has no thread pools. In the table of this broker, the row for sends
 * shows the puts that wait in the store. The row for pulls shows the held pulls. All other numbers of waiting requests are
 * 0.
 *
 * RocketMQ: `AdminBrokerProcessor.prepareRuntimeInfo`, `StoreStatsService.getRuntimeInfo`,
 * `ScheduleMessageService.buildRunningStats`. Left out: the rates of the timer wheel, and the number of messages that wait
 * in the wheel. The table shows 0 for these values.
 */
import { decodeRecord } from '../../common/message-codec.ts'
import type { Host } from '../../host/host.ts'
import { OWN_VERSION, OWN_VERSION_TEXT } from '../../remoting/remoting-command.ts'
import { SCHEDULE_TOPIC } from '../../store/delay-level.ts'
import type { MessageStore } from '../../store/message-store.ts'
import type { BrokerConfig } from '../broker-config.ts'
import * as limits from '../limits.ts'
import type { PullRequestHold } from '../pull-request-hold.ts'
import type { ScheduleMessageService } from '../schedule/schedule-message-service.ts'
import { TIMER_TOPIC } from '../timer/timer-message.ts'
import type { TimerMessageStore } from '../timer/timer-message-store.ts'
import type { BrokerStats } from './broker-stats.ts'
import type { SlidingSum } from './sliding-sum.ts'

/** The parts of the broker that the table needs. */
export interface RuntimeInfoParts {
  readonly host: Host
  readonly config: BrokerConfig
  readonly bootMs: number
  readonly store: MessageStore
  readonly hold: PullRequestHold
  readonly schedule: ScheduleMessageService
  readonly timers: TimerMessageStore
  readonly stats: BrokerStats
}

type Texts = { readonly [key: string]: string }

const WINDOWS_S = [10, 60, 600]

/** Returns the whole table. */
export function runtimeInfo(broker: RuntimeInfoParts): Texts {
  return { ...aboutBroker(broker), ...rates(broker), ...store(broker), ...delays(broker), ...pools(broker) }
}

function aboutBroker({ bootMs, host, hold, config }: RuntimeInfoParts): Texts {
  return {
    brokerVersionDesc: OWN_VERSION_TEXT,
    brokerVersion: String(OWN_VERSION),
    brokerActive: 'true',
    bootTimestamp: String(bootMs),
    runtime: durationText(host.clock.nowMs() - bootMs),
    startAcceptSendRequestTimeStamp: String(config.startAcceptSendRequestTimeStamp),
    heldPulls: String(hold.count),
  }
}

// #region rates
function rates({ stats, host }: RuntimeInfoParts): Texts {
  const nowMs = host.clock.monotonicMs()
  const tps = (...sums: readonly SlidingSum[]) =>
    WINDOWS_S.map((seconds) => sums.reduce((all, sum) => all + sum.perSecond(nowMs, seconds), 0)).join(' ')
  // The totals since the start of the broker. Also the values that these totals had at the start of today and at the start
  // of yesterday (UTC).
  const { put, get } = stats.daily()
  const { puts, putBytes, getsFound, getsMissed, transferred } = stats
  return {
    putTps: tps(puts),
    getFoundTps: tps(getsFound),
    getMissTps: tps(getsMissed),
    getTotalTps: tps(getsFound, getsMissed),
    getTransferredTps: tps(transferred),
    getTransferedTps: tps(transferred), // the spelling of 4.9
    putMessageTimesTotal: String(puts.total),
    putMessageSizeTotal: String(putBytes.total),
    putMessageAverageSize: String(putBytes.total / Math.max(1, puts.total)),
    msgPutTotalYesterdayMorning: String(put.yesterdayMorning),
    msgPutTotalTodayMorning: String(put.todayMorning),
    msgPutTotalTodayNow: String(put.now),
    msgGetTotalYesterdayMorning: String(get.yesterdayMorning),
    msgGetTotalTodayMorning: String(get.todayMorning),
    msgGetTotalTodayNow: String(get.now),
  }
}
// #endregion rates

function store(broker: RuntimeInfoParts): Texts {
  const { disk } = broker.host
  // The log and the queues are on one disk, so both ratios are equal.
  const ratio = diskRatio(disk.usedRatio())
  const { stats } = broker.store
  return {
    commitLogMinOffset: String(broker.store.commitLogMinOffset),
    commitLogMaxOffset: String(broker.store.commitLogMaxOffset),
    dispatchBehindBytes: String(broker.store.dispatchBehindBytes),
    dispatchMaxBuffer: String(stats.dispatchMaxBufferBytes),
    putMessageEntireTimeMax: String(stats.putEntireTimeMaxMs),
    putMessageFailedTimes: String(stats.putFailedTimes),
    putMessageDistributeTime: stats.putTimesText(),
    putLatency99: stats.putPercentileMs(0.99).toFixed(2),
    putLatency999: stats.putPercentileMs(0.999).toFixed(2),
    getMessageEntireTimeMax: String(stats.getEntireTimeMaxMs),
    remainHowManyDataToFlush: bytesText(broker.store.remainHowManyDataToFlush),
    remainTransientStoreBufferNumbs: '0',
    pageCacheLockTimeMills: '0',
    earliestMessageTimeStamp: String(earliestMessageMs(broker)),
    commitLogDiskRatio: String(ratio),
    consumeQueueDiskRatio: String(ratio),
    [`commitLogDiskRatio_${broker.config.storePathRootDir}commitlog`]: String(ratio),
    commitLogDirCapacity: `Total : ${bytesText(disk.spaceBytes('total'))}, Free : ${bytesText(disk.spaceBytes('free'))}.`,
  }
}

/** Rounds a ratio up to whole percent. RocketMQ: `UtilAll.getDiskPartitionSpaceUsedPercent`. */
function diskRatio(usedRatio: number): number {
  return Math.ceil(Number((usedRatio * 100).toFixed(4))) / 100
}

/** Returns a size such as `252.0 GiB`. A size below one KiB has no fraction. RocketMQ: `MixAll.humanReadableByteCount`. */
function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
  let value = bytes
  let unit = 0
  while (value >= 1_024 && unit < units.length - 1) {
    value /= 1_024
    unit++
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`
}

/** Returns the store time of the first record in the log. Returns -1 when the log has no record. */
function earliestMessageMs({ store: messages }: RuntimeInfoParts): number {
  const record = messages.recordAt(messages.commitLogMinOffset)
  const decoded = record === undefined ? undefined : decodeRecord(record, 0, false)
  return decoded !== undefined && 'message' in decoded ? decoded.message.storeTimestamp : -1
}

/**
 * Returns two numbers for each delay level that has delivered messages: the next offset, and the end of the queue. Also
 * returns values of the timer.
 */
function delays({ schedule, timers: wheel, store: messages }: RuntimeInfoParts): Texts {
  const levels = schedule.progress().map(({ level, offset }) => {
    const max = messages.maxOffset(SCHEDULE_TOPIC, level - 1)
    return [`scheduleMessageOffset_${level}`, `${offset},${max}`] as const
  })
  const timers = {
    timerReadBehind: '0',
    timerOffsetBehind: String(messages.maxOffset(TIMER_TOPIC, 0) - wheel.progress.lastTimerQueueOffset),
    timerCongestNum: '0',
    timerEnqueueTps: '0.0',
    timerDequeueTps: '0.0',
  }
  return { ...Object.fromEntries(levels), ...timers }
}

// #region pools
/**
 * Returns the lengths and capacities of the queues of RocketMQ's thread pools. In GlassMQ, a request does not wait in such a
 * queue.
 */
function pools({ store: messages, hold, config }: RuntimeInfoParts): Texts {
  const { REQUESTS_AT_ONCE, HELD_PULLS_MAX } = limits
  const entries = [
    ['send', messages.waitingPuts, config.sendThreadPoolQueueCapacity, messages.longestWaitMs],
    ['pull', hold.count, HELD_PULLS_MAX, 0],
    ['litePull', 0, HELD_PULLS_MAX, 0],
    ['query', 0, REQUESTS_AT_ONCE, 0],
    ['ack', 0, REQUESTS_AT_ONCE, 0],
  ] as const
  const texts = entries.flatMap(([pool, size, capacity, waitMs]) => [
    [`${pool}ThreadPoolQueueSize`, String(size)],
    [`${pool}ThreadPoolQueueCapacity`, String(capacity)],
    [`${pool}ThreadPoolQueueHeadWaitTimeMills`, String(waitMs)],
  ])
  return {
    ...Object.fromEntries(texts),
    EndTransactionQueueSize: '0',
    EndTransactionThreadPoolQueueCapacity: String(REQUESTS_AT_ONCE),
  }
}
// #endregion pools

/** Returns a duration such as `[ 1 days, 2 hours, 3 minutes, 4 seconds ]`, in the form of `StoreStatsService`. */
function durationText(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000)
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ]
  return `[ ${days} days, ${hours} hours, ${minutes} minutes, ${seconds % 60} seconds ]`
}
