/**
 * The statistics of a broker over many days, and what they show at each look: `broker-stats.txt`. Steps are drawn by chance and fall
 * on both sides of the ends of seconds, of ten seconds, of minutes, hours and days. Write the file again, and read the difference:
 * `npx vitest run --config test/vitest.config.ts --project quick test/unit/broker/broker-stats.test.ts --update`.
 */
import { expect, it } from 'vitest'
import { BrokerStats } from '../../../reference/broker/stats/broker-stats.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../reference/common/units.ts'
import { RandomStream } from '../../../reference/host/sim/random.ts'
import type { BrokerStatsItem } from '../../../reference/remoting/bodies/broker-stats.ts'
import { HandHost } from '../../support/hand-host.ts'

const LOOKS = 60
const STEPS_A_LOOK = 12
const UNITS_MS = [SECOND_MS, 10 * SECOND_MS, MINUTE_MS, 10 * MINUTE_MS, HOUR_MS, DAY_MS]
/** The longer a wait, the seldomer. */
const WAITS_MS = [1, 1, 400, 400, 2_000, 9_000, 40_000, 300_000, HOUR_MS, 5 * HOUR_MS]
const TOPICS = ['Orders', 'Bills']
const KEYS = [
  ['TOPIC_PUT_NUMS', 'Orders'],
  ['TOPIC_PUT_SIZE', 'Bills'],
  ['GROUP_GET_NUMS', 'Orders@billing'],
  ['GROUP_GET_SIZE', 'Bills@billing'],
  ['SNDBCK_PUT_NUMS', 'Orders@billing'],
  ['BROKER_PUT_NUMS', 'cluster'],
  ['BROKER_GET_NUMS', 'cluster'],
] as const

const shortOf = (n: number) => String(Math.round(n * 1e6) / 1e6)
const itemText = ({ sum, tps, avgpt }: BrokerStatsItem) => [sum, tps, avgpt].map(shortOf).join('/')

/** All that the statistics show at this moment. */
function shown(stats: BrokerStats, nowMs: number): string {
  const items = KEYS.map(([name, key]) => {
    const data = stats.data(name, key)
    if (data === undefined) return `${name} nothing`
    return `${name} ${[data.statsMinute, data.statsHour, data.statsDay].map(itemText).join(' ')} ${shortOf(stats.tps(name, key))}`
  })
  const { put, get } = stats.daily()
  const days = [put, get].map(({ now, todayMorning, yesterdayMorning }) => `${now}/${todayMorning}/${yesterdayMorning}`)
  const sums = [stats.puts, stats.putBytes, stats.getsFound, stats.getsMissed, stats.transferred].map((sum) =>
    [sum.total, ...[10, 60, 600].map((slots) => shortOf(sum.perSecond(nowMs, slots)))].join('/'),
  )
  return [`days ${days.join(' ')}`, `seconds ${sums.join(' ')}`, ...items].join('\n  ')
}

function step(stats: BrokerStats, chance: RandomStream): void {
  const topic = TOPICS[chance.int(2)]!
  const draw = chance.int(10)
  if (draw < 5) stats.stored(topic, 1 + chance.int(4), 100 + chance.int(900))
  else if (draw < 8) stats.pulled('billing', topic, chance.int(4), 100 + chance.int(900))
  else if (draw === 8) stats.sentBack('billing', topic)
  else if (chance.int(8) === 0) stats.forget((key) => key === 'Bills' || key.startsWith('Bills@'))
}

/** A short wait, a long one, or one that ends just before, at, or just after the end of a unit of time. */
function waitMs(chance: RandomStream, wallMs: number): number {
  const unitMs = UNITS_MS[chance.int(chance.int(3) === 0 ? UNITS_MS.length : 3)]!
  if (chance.int(3) > 0) return WAITS_MS[chance.int(chance.int(12) === 0 ? WAITS_MS.length : 6)]!
  return Math.max(0, unitMs - (wallMs % unitMs) + chance.int(3) - 1)
}

it('shows what was counted in the last minute, hour and day', async () => {
  const hand = new HandHost()
  const chance = new RandomStream(4, 'broker stats')
  hand.wallMs = 20_000 * DAY_MS + 23 * HOUR_MS
  const stats = new BrokerStats(hand.host, 'cluster')
  const looks: string[] = []
  for (let look = 0; look < LOOKS; look++) {
    for (let i = 0; i < STEPS_A_LOOK; i++) {
      step(stats, chance)
      hand.nowMs += waitMs(chance, hand.wallMs + hand.nowMs)
    }
    looks.push(`${hand.nowMs} ms: ${shown(stats, hand.host.clock.monotonicMs())}\n`)
  }
  await expect(looks.join('\n')).toMatchFileSnapshot('broker-stats.txt')
})
