/**
 * The scenarios of the lab "Torn tail": a broker's process ends, its log is left as a power cut leaves one, and it starts again.
 *
 * The damage is written to the file from outside, where and how the seed says. Orders are sent and acknowledged before it, and
 * again after the restart.
 */
import { decodeRecord } from '../../reference/common/message-codec.ts'
import { decodeUtf8 } from '../../reference/common/utf8.ts'
import { ScenarioFailure } from '../../reference/host/cluster.ts'
import type { SentMessage } from '../judge/evidence.ts'
import type { CheckContext, Draw, Variant } from '../lab.ts'
import {
  drawNames,
  expectDelivered,
  expectStored,
  machineOf,
  sellAll,
  startAgain,
  startBilling,
  startShop,
  unexpected,
} from '../one-broker.ts'

export const CODE = 'log-step.ts'

const SECTOR_BYTES = 512
const FILE_BYTES = 8_192
const ONE_FILE_BYTES = 262_144
/** A body of so many bytes has a whole sector inside. */
const PADDING = 1_100
const TORN = ', although a sector of its record never reached the disk'
/** Sizes that no record has. */
const LIES = [-1, -2_147_483_648, 0, 7, 2_147_483_647, 1_000_000]

export function variant(draw: Draw): Variant {
  const orders = 9 + draw('orders', 5)
  return {
    ...drawNames(draw),
    orders,
    // the order whose record is damaged: at least three lie before it and two behind it
    victim: 4 + draw('victim', orders - 6),
    lie: draw('lie', LIES.length),
    copied: 1 + draw('copied', 3),
  }
}

/** One file of the log, and where a record of it begins and ends in that file. */
interface Victim {
  readonly path: string
  readonly bytes: Uint8Array
  readonly at: number
  readonly end: number
}

/** Sells the orders of the seed, kills the broker's process, and finds the record of the order at `index`, from 0. */
async function sellAndKill(
  context: CheckContext,
  fileBytes: number,
  padding: number,
  index: (sent: readonly SentMessage[]) => number,
): Promise<{ readonly sent: readonly SentMessage[]; readonly victim: Victim }> {
  const { cluster, variant } = context
  await startShop(context, [`mappedFileSizeCommitLog=${fileBytes}`])
  cluster.step(`the shop sells ${variant['orders']} orders`)
  const sent = await sellAll(context, 'order', Number(variant['orders']), padding)
  cluster.step(`the machine of ${variant['broker']} loses power`)
  await cluster.kill(machineOf(variant))
  return { sent, victim: await recordOf(context, sent[index(sent)]!) }
}

/** The record of an order, found by its secret body: no node is asked where it lies. */
async function recordOf({ cluster, variant }: CheckContext, { body, key }: SentMessage): Promise<Victim> {
  for (const { path } of await cluster.listFiles(machineOf(variant))) {
    if (!/(?:^|\/)commitlog\/\d{20}$/.test(path)) continue
    const bytes = (await cluster.readFile(machineOf(variant), path))!.slice()
    for (let at = 0; at < bytes.length; ) {
      const decoded = decodeRecord(bytes, at, true)
      if ('fault' in decoded) break
      const end = at + decoded.message.storeSize
      if (decodeUtf8(decoded.message.body) === body) return { path, bytes, at, end }
      at = end
    }
  }
  throw new ScenarioFailure(`${key} was acknowledged, and is not in the log of ${variant['broker']}`)
}

/** Puts the damaged file in place, starts the broker again, sells more, and looks at what the billing gets. */
async function judge(
  context: CheckContext,
  { path, bytes }: Victim,
  whole: readonly SentMessage[],
  why: (key: string) => string,
): Promise<void> {
  const { cluster, variant } = context
  await cluster.writeFile(machineOf(variant), path, bytes)
  cluster.step(`the power is back; ${variant['broker']} starts again`)
  await startAgain(context)
  const fresh = await sellAll(context, 'fresh', 3)
  const all = [...whole, ...fresh]
  await startBilling(context)
  await cluster.sleep(3_000)
  const odd = unexpected(context, all)
  if (odd !== '') throw new ScenarioFailure(`${odd}${why(odd.slice(0, odd.indexOf(' ')))}`)
  await expectDelivered(context, all)
  await expectStored(context, all)
}

/** The log fills several files; the last record never reached the disk. All before it is whole. */
export async function wholeStay(context: CheckContext): Promise<void> {
  const { sent, victim: last } = await sellAndKill(context, FILE_BYTES, PADDING, (all) => all.length - 1)
  last.bytes.fill(0, last.at)
  if (last.at > 0) return judge(context, last, sent.slice(0, -1), () => ', which never reached the disk')
  // It was the only one of its file: the one before it goes, too, so that the log ends inside of a file.
  await context.cluster.writeFile(machineOf(context.variant), last.path, last.bytes)
  const before = await recordOf(context, sent.at(-2)!)
  before.bytes.fill(0, before.at)
  await judge(context, before, sent.slice(0, -2), () => ', which never reached the disk')
}

/** One sector in the middle of the last record's body was never written. Its head and its end are there. */
export async function tornGo(context: CheckContext): Promise<void> {
  const { sent, victim } = await sellAndKill(context, ONE_FILE_BYTES, PADDING, (all) => all.length - 1)
  emptySector(victim)
  await judge(context, victim, sent.slice(0, -1), () => TORN)
}

/** The same sector is missing from a record in the middle. Whole records lie behind it. */
export async function nothingBehind(context: CheckContext): Promise<void> {
  const at = Number(context.variant['victim']) - 1
  const { sent, victim } = await sellAndKill(context, ONE_FILE_BYTES, PADDING, () => at)
  emptySector(victim)
  const torn = sent[at]!.key
  await judge(context, victim, sent.slice(0, at), (key) =>
    key === torn ? TORN : `: its record lies behind that of ${torn}, which is torn, so the queue has a hole`,
  )
}

/** The first sector of a record holds something else: its size cannot be the size of a record. */
export async function sizesLie(context: CheckContext): Promise<void> {
  const at = Number(context.variant['victim']) - 1
  const { sent, victim } = await sellAndKill(context, ONE_FILE_BYTES, 0, () => at)
  const view = new DataView(victim.bytes.buffer, victim.bytes.byteOffset)
  view.setInt32(victim.at, LIES[Number(context.variant['lie'])]!)
  await judge(
    context,
    victim,
    sent.slice(0, at),
    () => `: it lies at or behind a record whose size field holds ${LIES[Number(context.variant['lie'])]}`,
  )
}

/** Behind the last record lies a copy of an early one: whole, its CRC right, and at a place that is not its own. */
export async function otherPlace(context: CheckContext): Promise<void> {
  const { sent, victim } = await sellAndKill(context, ONE_FILE_BYTES, 0, (all) => all.length - 1)
  const early = await recordOf(context, sent[Number(context.variant['copied']) - 1]!)
  victim.bytes.set(early.bytes.subarray(early.at, early.end), victim.end)
  await judge(context, victim, sent, () => ', from a record that says it lies elsewhere')
}

/** Empties the first whole sector that lies inside of the record, well behind its head. */
function emptySector({ bytes, at }: Victim): void {
  const from = Math.ceil((at + 150) / SECTOR_BYTES) * SECTOR_BYTES
  bytes.fill(0, from, from + SECTOR_BYTES)
}

/** What the learner sees when the lab opens: orders, a power cut that empties one sector, a restart, and the billing. */
export async function demo(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  const at = Number(variant['victim']) - 1
  const { victim } = await sellAndKill(context, ONE_FILE_BYTES, PADDING, () => at)
  emptySector(victim)
  await cluster.writeFile(machineOf(variant), victim.path, victim.bytes)
  cluster.step(`the power is back; ${variant['broker']} starts again`)
  await startAgain(context)
  cluster.step('the billing service starts')
  await startBilling(context)
  await cluster.sleep(5_000)
}
