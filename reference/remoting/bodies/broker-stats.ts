/**
 * The values of one statistic over three periods. The periods are the last minute, the last hour and the last day.
 *
 * RocketMQ: `BrokerStatsData`, `BrokerStatsItem`.
 */
import { record, type Shape, ShapeError, whole } from '../../common/shape.ts'

/**
 * The values of one period. `sum` is the sum of all values, `tps` is this sum per second, and `avgpt` is the average value.
 */
export interface BrokerStatsItem {
  readonly sum: number
  readonly tps: number
  readonly avgpt: number
}

/** One statistic over three periods. */
export interface BrokerStatsData {
  readonly statsMinute: BrokerStatsItem
  readonly statsHour: BrokerStatsItem
  readonly statsDay: BrokerStatsItem
}

const decimal: Shape<number> = (value, path) => {
  if (value === undefined || value === null) return 0
  const number = typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN
  if (Number.isFinite(number)) return number
  throw new ShapeError(path, 'a number')
}

const itemShape: Shape<BrokerStatsItem> = record<BrokerStatsItem>({ sum: whole(), tps: decimal, avgpt: decimal })

export const brokerStatsDataShape: Shape<BrokerStatsData> = record<BrokerStatsData>({
  statsMinute: itemShape,
  statsHour: itemShape,
  statsDay: itemShape,
})
