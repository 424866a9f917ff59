/** What the legend says. */
import type { LegendKey } from '../marks.ts'

/** What the legend calls each shape. */
export const LEGEND_WORDS: Readonly<Record<LegendKey, string>> = {
  namesrv: 'NameServer',
  broker: 'broker',
  slave: 'slave: a copy of a broker',
  controller: 'controller',
  producer: 'producer',
  consumer: 'consumer, in its group’s tray',
  message: 'message; the glyph is its tag',
  request: 'request',
  response: 'response',
  beat: 'heartbeat',
  connection: 'connection',
  broken: 'broken connection',
  cut: 'cut off: frosted glass',
  queue: 'queue, cells numbered by offset',
  flag: 'committed offset',
  held: 'pull that waits',
  unflushed: 'not yet flushed to disk',
  copied: 'doubled edge: the master knows that a slave has it',
}
