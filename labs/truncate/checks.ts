/**
 * The scenarios of the lab "Truncate": an old master with a tail comes back, is cut, copies, crashes, and becomes the master again.
 *
 * Where to cut and what to cut is the learner's, on both replicas. Judged are the two disks, read from outside, what the billing is
 * handed, and the bytes on the wire.
 */
import { ScenarioFailure } from '../../reference/host/cluster.ts'
import type { SentMessage } from '../judge/evidence.ts'
import type { CheckContext, Draw, Variant } from '../lab.ts'
import {
  cutOff,
  drawReplicas,
  expectBilled,
  expectNoneOf,
  replica,
  sellAllFrom,
  startBilling,
  startGroup,
  startShop,
  trySelling,
} from '../replicas.ts'

export const POINT = 'consistent-point.ts'
export const CUT = 'truncation.ts'

/** An answer waits for every member of the in-sync set; one member is enough. */
const SETTINGS = { replicas: ['allAckInSyncStateSet=true'] } as const
const SETTLE_MS = 12_000
/** A replica becomes the master after the death of the last one in less. */
const TAKES_OVER_MS = 4_000
const SAME_WITHIN_MS = 15_000
/** Orders of a log that is worth keeping, and how long their bodies are. */
const LONG = 40
const PADDING = 1_000

export function variant(draw: Draw): Variant {
  return {
    ...drawReplicas(draw, 2),
    before: 2 + draw('before', 4),
    tail: 3 + draw('tail', 4),
    shorter: 1 + draw('shorter', 2),
    longer: 9 + draw('longer', 4),
    crashMs: 300 + draw('crashMs', 2_000),
  }
}

const count = ({ variant }: CheckContext, name: string) => Number(variant[name])
const old = ({ variant }: CheckContext) => replica(variant, 1)
const other = ({ variant }: CheckContext) => replica(variant, 2)

/**
 * The old master gets a tail, which with `SETTINGS` is answered to nobody, while the other one becomes the master and sells `sold` orders.
 * The records of both are equally long: one could stand in the place of the other.
 */
async function forked(context: CheckContext, sold: number): Promise<SentMessage[]> {
  const { cluster } = context
  const sent = [...(await sellAllFrom(context, 'shop', 'before', count(context, 'before')))]
  await cluster.sleep(1_000) // each of these is copied
  const alone = await cutOff(context, [old(context), 'shop'])
  cluster.step(`${old(context)} and the shop are cut off; the shop goes on asking`)
  await trySelling(context, 'shop', 'west', count(context, 'tail'))
  await startShop(context, 'kiosk')
  await cluster.sleep(4_000)
  sent.push(...(await sellAllFrom(context, 'kiosk', 'east', sold)))
  await alone.heal()
  cluster.step(`the network is whole again; ${other(context)} is the master`)
  return sent
}

/** The bytes of the commit log on a node's disk, file by file. */
async function logOf({ cluster }: CheckContext, node: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>()
  for (const { path } of await cluster.listFiles(node)) {
    const name = /(?:^|\/)commitlog\/(\d{20})$/.exec(path)?.[1]
    if (name !== undefined) files.set(name, (await cluster.readFile(node, path)) ?? new Uint8Array())
  }
  return files
}

/** The first position at which the two logs differ, up to the end of the new master's; undefined when there is none. */
async function difference(context: CheckContext): Promise<number | undefined> {
  const [own, its] = [await logOf(context, old(context)), await logOf(context, other(context))]
  for (const name of new Set([...own.keys(), ...its.keys()])) {
    const [a, b] = [own.get(name) ?? new Uint8Array(), its.get(name) ?? new Uint8Array()]
    const end = b.findLastIndex((byte) => byte !== 0) + 1
    for (let i = 0; i < end; i++) if ((a[i] ?? 0) !== b[i]) return Number(name) + i
  }
  return undefined
}

async function expectSameLogs(context: CheckContext, when: string): Promise<void> {
  const { cluster } = context
  const untilMs = cluster.nowMs() + SAME_WITHIN_MS
  let at = await difference(context)
  while (at !== undefined && cluster.nowMs() < untilMs) {
    await cluster.sleep(1_000)
    at = await difference(context)
  }
  if (at !== undefined)
    throw new ScenarioFailure(
      `${when}, byte ${at} of the log is not the same on ${old(context)} and ${other(context)}, ${SAME_WITHIN_MS / 1_000} s later`,
    )
}

/** The old master has a tail; the new master has written less than that, or more. */
export async function sameBytes(context: CheckContext): Promise<void> {
  const { cluster } = context
  await startGroup(context, SETTINGS)
  await forked(context, count(context, 'shorter'))
  await cluster.sleep(SETTLE_MS)
  await expectSameLogs(context, `${old(context)} came back with a tail`)
  await sellAllFrom(context, 'kiosk', 'more', count(context, 'longer'))
  await expectSameLogs(context, `${old(context)} came back with a tail, and more was sold`)
}

/** The new master has written more than the old one: the ends of the logs say nothing. */
export async function longerThanTheTail(context: CheckContext): Promise<void> {
  const { cluster } = context
  await startGroup(context, SETTINGS)
  await forked(context, count(context, 'longer'))
  await cluster.sleep(SETTLE_MS)
  await expectSameLogs(
    context,
    `${old(context)} came back with a tail that is shorter than what ${other(context)} has written`,
  )
}

/** The newest epoch of the old master is one of which the new master has never heard. */
export async function anUnknownEpoch(context: CheckContext): Promise<void> {
  const { cluster } = context
  await startGroup(context, { ...SETTINGS, controller: ['enableElectUncleanMaster=true'] })
  await sellAllFrom(context, 'shop', 'before', count(context, 'before'))
  await cluster.kill(other(context))
  await cluster.sleep(SETTLE_MS)
  // the old master leads a second epoch alone
  await cluster.kill(old(context))
  await cluster.restart(old(context))
  await cluster.sleep(4_000)
  await startShop(context, 'kiosk')
  await sellAllFrom(context, 'kiosk', 'tail', count(context, 'tail'))
  await cluster.kill(old(context))
  cluster.step(
    `${old(context)} dies with an epoch of which ${other(context)} knows nothing; unclean elections are allowed`,
  )
  await cluster.restart(other(context))
  await cluster.sleep(SETTLE_MS)
  await startShop(context, 'van')
  await sellAllFrom(context, 'van', 'answered', count(context, 'shorter'))
  await cluster.restart(old(context))
  await cluster.sleep(SETTLE_MS)
  await expectSameLogs(context, `${old(context)} came back with an epoch that its master does not have`)
}

/**
 * What was cut away must be cut away everywhere: the old master becomes the master again. With the defaults, where the old master has
 * made its tail findable.
 */
export async function masterAgain(context: CheckContext): Promise<void> {
  const { cluster } = context
  await startGroup(context)
  const sent = await forked(context, count(context, 'shorter'))
  await cluster.sleep(SETTLE_MS)
  await cluster.kill(other(context))
  cluster.step(`${other(context)} dies, and ${old(context)} becomes the master again`)
  await cluster.sleep(4_000)
  await startShop(context, 'van')
  sent.push(...(await sellAllFrom(context, 'van', 'later', count(context, 'tail') + 2)))
  await startBilling(context)
  const when = `${old(context)} was cut, copied, and became the master again`
  await expectBilled(context, sent, when)
  await expectNoneOf(context, 'west', when)
}

/** The power fails some time after the cut: nothing that was cut away may come back. */
export async function staysCut(context: CheckContext): Promise<void> {
  const { cluster } = context
  await startGroup(context, SETTINGS)
  const sent = await forked(context, count(context, 'shorter'))
  await cluster.sleep(SETTLE_MS + count(context, 'crashMs'))
  await cluster.powerCut(old(context))
  await cluster.restart(old(context))
  cluster.step(`the power of ${old(context)} has failed, and it is back`)
  await cluster.sleep(SETTLE_MS)
  await expectSameLogs(context, `${old(context)} was cut, and then its power failed`)
  // the master first: otherwise it may have taken the other one out of the in-sync set before it dies
  await cluster.kill(other(context))
  await cluster.sleep(TAKES_OVER_MS)
  await cluster.powerCut(old(context))
  await cluster.restart(old(context))
  await cluster.sleep(SETTLE_MS)
  await startBilling(context)
  const when = `${old(context)} was cut, became the master, and lost its power twice`
  await expectBilled(context, sent, when)
  await expectNoneOf(context, 'west', when)
}

/** A replica that comes back without a tail keeps what it has: its master sends what is missing, and not the whole log. */
export async function keepsWhatIsGood(context: CheckContext): Promise<void> {
  const { cluster } = context
  await startGroup(context, SETTINGS)
  await sellAllFrom(context, 'shop', 'before', LONG, PADDING)
  await cluster.kill(old(context))
  await cluster.sleep(4_000)
  await startShop(context, 'kiosk')
  await sellAllFrom(context, 'kiosk', 'answered', count(context, 'shorter'))
  const from = cluster.events.length
  await cluster.restart(old(context))
  await cluster.sleep(SETTLE_MS)
  await expectSameLogs(context, `${old(context)} came back without a tail`)
  const log = [...(await logOf(context, other(context))).values()][0]!
  const end = log.findLastIndex((byte) => byte !== 0) + 1
  const sentBytes = cluster.events
    .slice(from)
    .reduce(
      (sum, event) =>
        event.kind === 'net.sent' && event.node === other(context) && event.peer === old(context)
          ? sum + event.sizeBytes
          : sum,
      0,
    )
  if (sentBytes > end / 2)
    throw new ScenarioFailure(
      `${old(context)} had all but the last orders, and ${other(context)} sent it ${sentBytes} bytes; its whole log has ${end}`,
    )
}

/** What the learner sees when the lab opens: a tail, a new master, two logs that stay different. */
export async function demo(context: CheckContext): Promise<void> {
  const { cluster } = context
  await startGroup(context, SETTINGS)
  await forked(context, count(context, 'longer'))
  await cluster.sleep(SETTLE_MS)
  cluster.step(`${other(context)} dies, and ${old(context)} becomes the master again`)
  await cluster.kill(other(context))
  await cluster.sleep(4_000)
  await startBilling(context)
  await cluster.sleep(10_000)
}
