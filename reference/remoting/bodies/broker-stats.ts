/**
 * What was counted under one name, over three lengths of time.
 *
 * RocketMQ: `BrokerStatsData`, `BrokerStatsItem`.
 */
import { record, type Shape, whole } from '../../common/shape.ts'

/** `sum` of the values, `tps` a second, `avgpt`: how much one call brought. */
export interface BrokerStatsItem {
  readonly sum: number
  readonly tps: number
  readonly avgpt: number
}

export interface BrokerStatsData {
  readonly statsMinute: BrokerStatsItem
  readonly statsHour: BrokerStatsItem
  readonly statsDay: BrokerStatsItem
}

const decimal: Shape<number> = (value) => Number(value ?? 0)

const itemShape: Shape<BrokerStatsItem> = record<BrokerStatsItem>({ sum: whole(), tps: decimal, avgpt: decimal })

export const brokerStatsDataShape: Shape<BrokerStatsData> = record<BrokerStatsData>({
  statsMinute: itemShape,
  statsHour: itemShape,
  statsDay: itemShape,
})
