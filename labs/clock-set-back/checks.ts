/** The scenarios of the lab "A clock set back": reminders that wait for a delay level, while clocks are wrong or are corrected. */
import { HOUR_MS, MINUTE_MS } from '../../reference/common/units.ts'
import type { CheckContext, Draw, Variant } from '../lab.ts'
import { drawNames, machineOf } from '../one-broker.ts'
import { expectBetween, HOP_MS, openReminders, type Reminder, remind } from '../reminders.ts'

export const CODE = 'level-clock.ts'

/** Level 2 waits five seconds, level 5 a minute. */
const SHORT = { level: 2, delayMs: 5_000 } as const
const LONG = { level: 5, delayMs: MINUTE_MS } as const
/** Within this time of its delay, a reminder is in time. */
const SOON_MS = 200
/** A billing whose broker was away is known again after its next heartbeat. */
const HEARTBEAT_MS = 35_000

export function variant(draw: Draw): Variant {
  return {
    ...drawNames(draw),
    first: 1_000 + draw('first', 9_000),
    wrongMs: 120_000 + 1_000 * draw('wrong', 600),
    backMs: HOUR_MS + 1_000 * draw('back', 50_000),
    afterMs: 1_500 + draw('after', 2_000),
  }
}

const number = ({ variant: of }: CheckContext, name: string) => Number(of[name])

type Level = typeof SHORT | typeof LONG

const remindBy = (context: CheckContext, name: string, { level }: Level) => remind(context, name, { delayLevel: level })

/** Not before its delay has passed, and not more than `spareMs` after it. */
function expectDelay(
  context: CheckContext,
  all: readonly Reminder[],
  { delayMs }: Level,
  spareMs: number,
  because: string,
): void {
  for (const one of all) {
    const wanted = `wanted after ${delayMs / 1_000} s`
    const [fromMs, toMs] = [one.sentAtMs + delayMs, one.storedAtMs + delayMs + spareMs + HOP_MS]
    expectBetween(context, one, { fromMs, toMs, wanted, because })
  }
}

/** All clocks are right. */
export async function calm(context: CheckContext): Promise<void> {
  await openReminders(context)
  const all: Reminder[] = []
  for (const i of [1, 2, 3, 4]) {
    all.push(await remindBy(context, `c${i}`, SHORT))
    await context.cluster.sleep(i * 700)
  }
  await context.cluster.sleep(SHORT.delayMs + 2_000)
  expectDelay(context, all, SHORT, SOON_MS, 'all clocks were right')
}

/** The clock of the shop is wrong; that of the broker is right. */
export async function theirClock(context: CheckContext): Promise<void> {
  await openReminders(context)
  const { cluster } = context
  const all: Reminder[] = []
  for (const sign of [1, -1]) {
    const wrong = await cluster.inject({ kind: 'clock', node: 'shop', skewMs: sign * number(context, 'wrongMs') })
    all.push(await remindBy(context, sign > 0 ? 'ahead' : 'behind', SHORT))
    await wrong.heal()
  }
  await cluster.sleep(SHORT.delayMs + 2_000)
  expectDelay(context, all, SHORT, SOON_MS, 'only the clock of the shop was wrong')
}

async function setBack({ cluster, variant: drawn }: CheckContext): Promise<void> {
  await cluster.inject({ kind: 'clock', node: machineOf(drawn), skewMs: -Number(drawn['backMs']) })
}

/** The clock of the broker is set back while a reminder waits. */
export async function setBackOnce(context: CheckContext): Promise<void> {
  await openReminders(context)
  const { cluster } = context
  const before = await remindBy(context, 'before', SHORT)
  await cluster.sleep(number(context, 'afterMs'))
  await setBack(context)
  const after = await remindBy(context, 'after', SHORT)
  await cluster.sleep(3 * SHORT.delayMs)
  const because = 'the clock of the broker was set back by hours'
  expectDelay(context, [before, after], SHORT, SHORT.delayMs, because)
  const later = await remindBy(context, 'later', SHORT)
  await cluster.sleep(SHORT.delayMs + 2_000)
  expectDelay(context, [later], SHORT, SOON_MS, `${because} before it was sent`)
}

/** The clock is set back, and reminders come all the time. */
export async function busyLevel(context: CheckContext): Promise<void> {
  await openReminders(context)
  const { cluster } = context
  const all: Reminder[] = []
  for (let i = 0; i < 22; i++) {
    if (i === 4) await setBack(context)
    all.push(await remindBy(context, `b${i}`, SHORT))
    await cluster.sleep(700)
  }
  await cluster.sleep(2 * SHORT.delayMs + 1_000)
  expectDelay(context, all, SHORT, SHORT.delayMs, 'the clock of the broker was set back, and others came behind it')
}

/** The broker is stopped and starts again; all clocks are right. */
export async function aRestart(context: CheckContext): Promise<void> {
  await openReminders(context)
  const { cluster, variant: drawn } = context
  const one = await remindBy(context, 'r', LONG)
  await cluster.sleep(20_000)
  await cluster.stop(machineOf(drawn))
  await cluster.sleep(2_000)
  await cluster.restart(machineOf(drawn))
  await cluster.sleep(one.sentAtMs + LONG.delayMs + 1_000 - cluster.nowMs())
  expectDelay(context, [one], LONG, SOON_MS, 'the broker was stopped for two seconds, and all clocks were right')
}

/** The clock is set back, and then the broker is stopped and starts again. */
export async function backAndRestart(context: CheckContext): Promise<void> {
  await openReminders(context)
  const { cluster, variant: drawn } = context
  // longer than the billing takes to be known again: a reminder that is delivered at once is also handed too early
  const one = await remindBy(context, 'n', LONG)
  await cluster.sleep(1_000)
  await setBack(context)
  await cluster.stop(machineOf(drawn))
  await cluster.restart(machineOf(drawn))
  await cluster.sleep(HEARTBEAT_MS + 2 * LONG.delayMs)
  const because = 'the clock of the broker was set back, and the broker was stopped and started'
  expectDelay(context, [one], LONG, LONG.delayMs + HEARTBEAT_MS, because)
}

/** What the learner sees when the lab opens: a clock that is set back under waiting reminders. */
export async function demo(context: CheckContext): Promise<void> {
  await openReminders(context)
  await remindBy(context, '1', SHORT)
  await context.cluster.sleep(2_000)
  context.cluster.step('the clock of the broker is set back')
  await setBack(context)
  await remindBy(context, '2', SHORT)
  await context.cluster.sleep(8_000)
}
