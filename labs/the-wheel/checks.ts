/** The scenarios of the lab "The wheel": reminders with a time of their own, which the learner's slots must hand over in time. */
import { DAY_MS, SECOND_MS } from '../../reference/common/units.ts'
import { ScenarioFailure } from '../../reference/host/cluster.ts'
import type { CheckContext, Draw, Variant } from '../lab.ts'
import { drawNames, machineOf } from '../one-broker.ts'
import {
  comingsOf,
  expectBetween,
  HOP_MS,
  openReminders,
  type Reminder,
  remind,
  takeBack,
  tryToRemind,
} from '../reminders.ts'

export const CODE = 'slot-ring.ts'

/** The first moment of every run, by the broker's clock. */
const RUN_BEGINS_MS = 1_704_067_200_000
const TICK_MS = SECOND_MS
/** A slot for each second of fourteen days. */
const LAP_MS = 14 * DAY_MS
/** A billing whose broker was away, or whose clock jumped, is known again after its next heartbeat. */
const HEARTBEAT_MS = 35_000

export function variant(draw: Draw): Variant {
  return {
    ...drawNames(draw),
    first: 1_000 + draw('first', 9_000),
    part: 100 + draw('part', 700),
    shift: draw('shift', 4),
    farS: 100 + draw('far', 40),
  }
}

const number = ({ variant: of }: CheckContext, name: string) => Number(of[name])

/** A reminder with the time, in ms of the run, at which it is wanted. */
interface Wanted extends Reminder {
  readonly atMs: number
}

async function remindAt(context: CheckContext, name: string, atMs: number): Promise<Wanted> {
  const reminder = await remind(context, name, { deliverTimeMs: RUN_BEGINS_MS + atMs })
  return { ...reminder, atMs }
}

/** The next whole second that is at least `ms` away. */
const secondIn = ({ cluster }: CheckContext, ms: number) => Math.ceil((cluster.nowMs() + ms) / TICK_MS) * TICK_MS

/** Each came once, not early and less than a tick late. */
function expectInTime(context: CheckContext, all: readonly Wanted[], because: string): void {
  for (const one of all) {
    const isSharp = one.atMs % TICK_MS === 0
    const wanted = `wanted at ${one.atMs / 1_000} s`
    const toMs = isSharp ? one.atMs + HOP_MS : one.atMs + TICK_MS - 1
    expectBetween(context, one, { fromMs: one.atMs, toMs, wanted, because })
  }
}

/** Different times, also one at a second sharp: none is early, none a tick late. */
export async function inTime(context: CheckContext): Promise<void> {
  await openReminders(context)
  const base = secondIn(context, 2_000)
  const part = number(context, 'part')
  const times = [4_000 + part, 1_000 + part, 7_000, 2_000 + ((part + 300) % 700) + 100]
  const all: Wanted[] = []
  for (const [i, ms] of times.entries()) all.push(await remindAt(context, `t${i}`, base + ms))
  await context.cluster.sleep(base + 9_500 - context.cluster.nowMs())
  expectInTime(context, all, 'four reminders were sent')
}

/** Several reminders of one second, sent among others. */
export async function sameSecond(context: CheckContext): Promise<void> {
  await openReminders(context)
  const base = secondIn(context, 3_000 + TICK_MS * number(context, 'shift'))
  const all: Wanted[] = []
  for (const [i, ms] of [200, 1_500, 700, 450, 2_600, 850].entries())
    all.push(await remindAt(context, `s${i}`, base + ms))
  await context.cluster.sleep(base + 4_500 - context.cluster.nowMs())
  expectInTime(context, all, 'four of six reminders are wanted in the same second')
}

/** A far reminder is sent first; near ones come after it, and one more for the time of the far one. */
export async function farAndNear(context: CheckContext): Promise<void> {
  await openReminders(context)
  const { cluster } = context
  const part = number(context, 'part')
  const far = secondIn(context, 1_000 * number(context, 'farS')) + part
  const all = [await remindAt(context, 'far', far)]
  const near = secondIn(context, 2_000)
  for (const [i, ms] of [3_200, 1_300, 60_400, 61_400].entries())
    all.push(await remindAt(context, `near${i}`, near + ms))
  // times that are a round number of slots before the far one: as many as somebody might think that a wheel has
  for (const slots of [60, 64])
    if (far - slots * TICK_MS > cluster.nowMs() + 1_500)
      all.push(await remindAt(context, `back${slots}`, far - slots * TICK_MS))
  await cluster.sleep(far + 2_500 - cluster.nowMs())
  expectInTime(context, all, 'a reminder that is far away was sent before some near ones')
}

/** The broker stands still for some seconds while reminders fall due. */
export async function aPause(context: CheckContext): Promise<void> {
  await openReminders(context)
  const { cluster } = context
  const base = secondIn(context, 2_000)
  const part = number(context, 'part')
  const all: Wanted[] = []
  for (const [i, ms] of [1_000, 2_000, 3_000, 9_000].entries())
    all.push(await remindAt(context, `p${i}`, base + ms + part))
  await cluster.sleep(base + 500 - cluster.nowMs())
  const pause = await cluster.inject({ kind: 'pause', node: machineOf(context.variant) })
  await cluster.sleep(6_000)
  await pause.heal()
  const goesOnMs = cluster.nowMs()
  await cluster.sleep(6_000)
  const because = 'the broker stood still for six seconds'
  expectInTime(context, all.slice(3), because)
  for (const one of all.slice(0, 3)) {
    const wanted = `wanted at ${one.atMs / 1_000} s, when it stood still`
    expectBetween(context, one, { fromMs: one.atMs, toMs: goesOnMs + TICK_MS, wanted, because })
  }
}

/** The broker is stopped, reminders fall due, and it starts again. */
export async function aRestart(context: CheckContext): Promise<void> {
  await openReminders(context)
  const { cluster, variant: drawn } = context
  const base = secondIn(context, 2_000)
  const part = number(context, 'part')
  const all: Wanted[] = []
  for (const [i, ms] of [2_000, 4_000, 60_000].entries()) all.push(await remindAt(context, `r${i}`, base + ms + part))
  await cluster.sleep(1_200)
  await cluster.stop(machineOf(drawn))
  await cluster.sleep(7_000)
  await cluster.restart(machineOf(drawn))
  const startedMs = cluster.nowMs()
  await cluster.sleep(base + 63_000 - cluster.nowMs())
  const because = 'the broker was stopped for seven seconds'
  for (const one of all.slice(0, 2)) {
    const wanted = `wanted at ${one.atMs / 1_000} s, when it was stopped`
    expectBetween(context, one, { fromMs: startedMs, toMs: startedMs + HEARTBEAT_MS, wanted, because })
  }
  expectInTime(context, all.slice(2), because)
}

/** Fourteen days later, by the broker's clock: the same places of the wheel's file come again. */
export async function secondLap(context: CheckContext): Promise<void> {
  await openReminders(context)
  const { cluster } = context
  const base = secondIn(context, 2_000)
  const part = number(context, 'part')
  const first = [await remindAt(context, 'a0', base + part), await remindAt(context, 'a1', base + 1_000 + part)]
  await cluster.sleep(base + 3_000 - cluster.nowMs())
  const ahead = await cluster.inject({ kind: 'clock', node: machineOf(context.variant), skewMs: LAP_MS - 8_000 })
  await cluster.sleep(HEARTBEAT_MS - 33_000)
  const second: Wanted[] = []
  for (const [i, ms] of [0, 1_000].entries()) {
    const reminder = await remind(context, `b${i}`, { deliverTimeMs: RUN_BEGINS_MS + base + ms + part + LAP_MS })
    second.push({ ...reminder, atMs: base + ms + part + 8_000 })
  }
  await cluster.sleep(base + 8_000 + HEARTBEAT_MS - cluster.nowMs())
  await ahead.heal()
  const because = 'the broker’s clock says that fourteen days have passed'
  expectInTime(context, first, because)
  for (const one of second) {
    const wanted = `wanted ${(one.atMs - base) / 1_000} s after the first`
    expectBetween(context, one, { fromMs: one.atMs, toMs: one.atMs + HEARTBEAT_MS, wanted, because })
  }
}

const RECALLS = 'recallMessageEnable=true'

/** Reminders are taken back; another one of the same second, sent before or after that, comes. */
export async function takenBack(context: CheckContext): Promise<void> {
  await openReminders(context, [RECALLS])
  const base = secondIn(context, 3_000 + TICK_MS * number(context, 'shift'))
  const paid = await remindAt(context, 'paid', base + 200)
  const open = await remindAt(context, 'open', base + 700)
  const alone = await remindAt(context, 'alone', base + 2_200)
  for (const one of [paid, paid, alone]) await takeBack(context, one)
  const late = await remindAt(context, 'late', base + 2_700)
  await context.cluster.sleep(base + 5_500 - context.cluster.nowMs())
  const because = 'another reminder of the same second was taken back, one of them twice'
  expectInTime(context, [open, late], because)
  for (const one of [paid, alone])
    if (comingsOf(context, one).length > 0)
      throw new ScenarioFailure(`the reminder of ${one.key} was taken back, and came all the same`)
}

/** A broker that takes two reminders for a second: one of them is taken back, another one fits, and no third. */
export async function fullSlot(context: CheckContext): Promise<void> {
  // one more than the limit is taken, and from twice the limit on none
  await openReminders(context, [RECALLS, 'timerCongestNumEachSlot=1'])
  const base = secondIn(context, 3_000)
  const part = number(context, 'part')
  await takeBack(context, await remindAt(context, 'f0', base + part))
  const both = [await remindAt(context, 'f1', base + part), await remindAt(context, 'f2', base + part + 100)]
  const third = await tryToRemind(context, 'f3', { deliverTimeMs: RUN_BEGINS_MS + base + part })
  if (third.refusal === '')
    throw new ScenarioFailure(
      `two reminders wait for one second, and by its limit the broker takes no third: that of ${third.key} was taken`,
    )
  await context.cluster.sleep(base + 2_500 - context.cluster.nowMs())
  expectInTime(context, both, 'two reminders waited for a second, the most that this broker takes')
}

/** What the learner sees when the lab opens: four reminders, two of them for one second. */
export async function demo(context: CheckContext): Promise<void> {
  await openReminders(context)
  const base = secondIn(context, 2_000)
  for (const [i, ms] of [500, 3_200, 3_700, 70_000].entries()) await remindAt(context, `${i + 1}`, base + ms)
  await context.cluster.sleep(base + 7_000 - context.cluster.nowMs())
}
