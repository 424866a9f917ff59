/** Three designs on one clock: one queue for all delays, a queue for each level, and the timer wheel. */
import type { FigureSource } from '#site/figures/kit/types.ts'
import { until } from '#site/figures/shop.ts'
import { CAST_OF_HOURS, MINUTE_MS, open, remind, TOLD_OF_HOURS, type When } from '../open.ts'

const STEP = { sell: 'Three reminders for each design: half an hour, a second, fifteen minutes' } as const

/** The levels of a broker by default, twice: those from 19 on share one queue in this run. */
const LEVELS = '1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h'
const TWICE = `messageDelayLevel=${LEVELS} ${LEVELS}`
/** One queue: 30 min, 1 s, 20 min. Levels: the same. The wheel: 30 min, 1 s, 15 min. */
const SENDS: readonly When[] = [
  { delayLevel: 34 },
  { delayLevel: 19 },
  { delayLevel: 33 },
  { delayLevel: 16 },
  { delayLevel: 1 },
  { delayLevel: 15 },
  { delayTimeMs: 30 * MINUTE_MS },
  { delayTimeMs: 1_000 },
  { delayTimeMs: 15 * MINUTE_MS },
]
const WISHES_MS = [30 * MINUTE_MS, 1_000, 15 * MINUTE_MS]
const KEYS = SENDS.map((_, i) => `order-${i + 1}`)
const DESIGNS = ['one queue', 'level', 'wheel']
const WORDS = ['30 min', '1 s', '15 min']

export const figure: FigureSource = {
  title: 'Three designs on one clock',
  question: 'Which design delivers when it was asked to?',
  summary:
    'One queue delivers all three reminders after half an hour; levels have no fifteen minutes; the wheel is punctual.',
  topic: 'Orders',
  cast: CAST_OF_HOURS,
  instead: [
    {
      replaces: 'reference/broker/schedule/level-queue.ts',
      by: 'site/chapters/15-delays/naive/upper-queue.ts',
      says: 'order-1 to order-3 wait in one queue, whatever their delays.',
    },
    {
      replaces: 'reference/broker/schedule/level-clock.ts',
      by: 'site/chapters/15-delays/naive/level-clock.ts',
      says: 'the first message of that queue is looked at; its own delay says when it is due.',
    },
  ],
  passages: {
    clock: {
      title: 'Hollow: wanted. Solid: delivered. Bar: late. Time is logarithmic',
      from: STEP.sell,
      view: 'lanes',
      shows: {
        lane: 'order',
        group: 'billing',
        scale: 'log',
        firstMs: 100,
        lanes: KEYS.join(','),
        names: KEYS.map((key, i) => `${key}=${DESIGNS[Math.floor(i / 3)]} ${WORDS[i % 3]}`).join(','),
        wishes: KEYS.map((key, i) => `${key}=${WISHES_MS[i % 3]}`).join(','),
        late: 1_100,
      },
      tells: ['message.consumed'],
    },
  },
  seed: 2,
  lengthMs: 2_000 + 31 * MINUTE_MS,
  records: TOLD_OF_HOURS!,
  run: async (cluster) => {
    await open(cluster, [TWICE])
    await until(cluster, 2_000)
    cluster.step(STEP.sell)
    for (const [i, when] of SENDS.entries()) {
      void remind(cluster, KEYS[i]!, when)
      await cluster.sleep(20)
    }
  },
  send: (cluster, key) => void remind(cluster, key, { delayTimeMs: 1_000 }),
}
