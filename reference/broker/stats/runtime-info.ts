/**
 * How the broker is: the table that `brokerStatus` prints and `clusterList` reads.
 *
 * All values are text. Rates are three numbers, of the last 10, 60 and 600 seconds. There are no thread pools here, so their
 * queues are empty; tools read them all the same.
 *
 * RocketMQ: `AdminBrokerProcessor.prepareRuntimeInfo`, `StoreStatsService.getRuntimeInfo`,
 * `ScheduleMessageService.buildRunningStats`. Not here: distributions of put times; bytes of the disk, which the host gives
 * as a ratio alone; rates of the timer wheel, and how many messages wait in it, which are always 0.
 */
import { decodeRecord } from '../../common/message-codec.ts'
import { OWN_VERSION, OWN_VERSION_TEXT } from '../../remoting/remoting-command.ts'
import { SCHEDULE_TOPIC } from '../../store/delay-level.ts'
import type { Broker } from '../broker.ts'
import { TIMER_TOPIC } from '../timer/timer-message.ts'
import type { SlidingSum } from './sliding-sum.ts'

type Texts = { readonly [key: string]: string }

const POOLS = ['send', 'pull', 'litePull', 'query', 'ack']
const WINDOWS_S = [10, 60, 600]

export function runtimeInfo(broker: Broker): Texts {
  return { ...aboutBroker(broker), ...rates(broker), ...store(broker), ...delays(broker), ...pools() }
}

function aboutBroker({ bootMs, host, hold }: Broker): Texts {
  return {
    brokerVersionDesc: OWN_VERSION_TEXT,
    brokerVersion: String(OWN_VERSION),
    brokerActive: 'true',
    bootTimestamp: String(bootMs),
    runtime: durationText(host.clock.nowMs() - bootMs),
    startAcceptSendRequestTimeStamp: '0',
    heldPulls: String(hold.count),
  }
}

// #region rates
function rates({ stats, host }: Broker): Texts {
  const nowMs = host.clock.monotonicMs()
  const tps = (...sums: readonly SlidingSum[]) =>
    WINDOWS_S.map((seconds) => sums.reduce((all, sum) => all + sum.perSecond(nowMs, seconds), 0)).join(' ')
  const { put, get } = stats.daily()
  const { puts, putBytes, getsFound, getsMissed, transferred } = stats
  return {
    putTps: tps(puts),
    getFoundTps: tps(getsFound),
    getMissTps: tps(getsMissed),
    getTotalTps: tps(getsFound, getsMissed),
    getTransferredTps: tps(transferred),
    getTransferedTps: tps(transferred), // as 4.9 spells it
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

function store(broker: Broker): Texts {
  const ratio = broker.host.disk.usedRatio()
  return {
    commitLogMinOffset: String(broker.store.commitLogMinOffset),
    commitLogMaxOffset: String(broker.store.commitLogMaxOffset),
    dispatchBehindBytes: String(broker.store.dispatchBehindBytes),
    remainHowManyDataToFlush: `${broker.store.remainHowManyDataToFlush} B`,
    remainTransientStoreBufferNumbs: '0',
    pageCacheLockTimeMills: '0',
    earliestMessageTimeStamp: String(earliestMessageMs(broker)),
    commitLogDiskRatio: String(ratio),
    consumeQueueDiskRatio: String(ratio),
    commitLogDirCapacity: `Used : ${(ratio * 100).toFixed(1)} %.`,
  }
}

/** Store time of the first record that is left, or -1. */
function earliestMessageMs({ store: messages }: Broker): number {
  const record = messages.recordAt(messages.commitLogMinOffset)
  const decoded = record === undefined ? undefined : decodeRecord(record, 0, false)
  return decoded !== undefined && 'message' in decoded ? decoded.message.storeTimestamp : -1
}

/** For each level with messages: how far it has come, and how far it has to. */
function delays({ schedule, timers: wheel, store: messages }: Broker): Texts {
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

function pools(): Texts {
  const entries = POOLS.flatMap((pool) => [
    [`${pool}ThreadPoolQueueSize`, '0'],
    [`${pool}ThreadPoolQueueCapacity`, '0'],
    [`${pool}ThreadPoolQueueHeadWaitTimeMills`, '0'],
  ])
  return { ...Object.fromEntries(entries), EndTransactionQueueSize: '0', EndTransactionThreadPoolQueueCapacity: '0' }
}

/** `[ 1 days, 2 hours, 3 minutes, 4 seconds ]`, as `StoreStatsService` writes it. */
function durationText(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000)
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ]
  return `[ ${days} days, ${hours} hours, ${minutes} minutes, ${seconds % 60} seconds ]`
}
