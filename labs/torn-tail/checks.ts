/**
 * The scenarios of the lab "Torn tail": a broker's process ends, its log is left as a power cut leaves one, and it starts again.
 *
 * The damage is written to the files from outside, where and how the seed says. Orders are sent and acknowledged before it, and
 * again after the restart.
 */
import { decodeRecord } from '../../reference/common/message-codec.ts'
import { decodeUtf8 } from '../../reference/common/utf8.ts'
import { ScenarioFailure } from '../../reference/host/cluster.ts'
import { type SentMessage, storedRecords } from '../judge/evidence.ts'
import type { CheckContext, Draw, Variant } from '../lab.ts'
import {
  diskFault,
  drawNames,
  expectDelivered,
  expectStored,
  machineOf,
  sell,
  sellAll,
  startAgain,
  startBilling,
  startShop,
  unexpected,
} from '../one-broker.ts'

export const WALK = 'log-walker.ts'
export const BEGIN = 'first-record.ts'

const SECTOR_BYTES = 512
/** Five records of orders fit into a file, and a blank. */
const FILE_BYTES = 8_192
const ORDERS_A_FILE = 5
const ONE_FILE_BYTES = 262_144
/** A body of so many bytes has a whole sector inside. */
const PADDING = 1_100
const TORN = ', although a sector of its record never reached the disk'
/** What is three seconds older than the checkpoint counts as safe. */
const SAFE_AFTER_MS = 5_000
/** A quiet broker flushes when its oldest order is ten seconds old, and writes its checkpoint in the two seconds after that. */
const CHECKPOINT_WITHIN_MS = 8_000
/** Between two orders of a quiet day. */
const QUIET_MS = 700
/** After this time the oldest byte is ten seconds old and was synced, and a checkpoint has followed. */
const VOUCHED_AFTER_MS = 12_000

export function variant(draw: Draw): Variant {
  return {
    ...drawNames(draw),
    orders: 13 + draw('orders', 5),
    // the order whose record is damaged: it lies in the first file, with whole ones before and behind it
    victim: 3 + draw('victim', 3),
  }
}

/** One file of the log, and where a record of it begins and ends in that file. */
interface Victim {
  readonly path: string
  readonly bytes: Uint8Array
  readonly at: number
}

/** Sells the orders of the seed, and kills the broker's process. */
async function sellAndKill(context: CheckContext, fileBytes: number, count: number): Promise<readonly SentMessage[]> {
  const { cluster } = context
  await startShop(context, [`mappedFileSizeCommitLog=${fileBytes}`])
  cluster.step(`the shop sells ${count} orders`)
  const sent = await sellAll(context, 'order', count, PADDING)
  await losePower(context)
  return sent
}

async function losePower({ cluster, variant }: CheckContext): Promise<void> {
  cluster.step(`the machine of ${variant['broker']} loses power`)
  await cluster.kill(machineOf(variant))
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
      if (decodeUtf8(decoded.message.body) === body) return { path, bytes, at }
      at = end
    }
  }
  throw new ScenarioFailure(`${key} was acknowledged, and is not in the log of ${variant['broker']}`)
}

/** Puts the damaged file in place, starts the broker again, sells more, and looks at what the billing gets. */
async function judge(
  context: CheckContext,
  { path, bytes, at }: Victim,
  whole: readonly SentMessage[],
  why: (key: string) => string,
): Promise<void> {
  const { cluster, variant } = context
  await cluster.writeFile(machineOf(variant), path, bytes)
  const position = Number(path.slice(path.lastIndexOf('/') + 1)) + at
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
  await expectWrittenAt(context, fresh[0]!, position)
}

/** The first order after the restart lies where the log ended. */
async function expectWrittenAt({ cluster, variant }: CheckContext, { key, msgId }: SentMessage, position: number) {
  const records = await storedRecords(cluster, machineOf(variant))
  const found = records.find(({ properties }) => properties.get('UNIQ_KEY') === msgId)?.physicalOffset
  if (found === position) return
  throw new ScenarioFailure(
    `the first record that is not whole begins at byte ${position} of the log, and ${key}, the first order after the restart, was written at byte ${found}`,
  )
}

const orders = ({ variant }: CheckContext) => Number(variant['orders'])
const victimIndex = ({ variant }: CheckContext) => Number(variant['victim']) - 1

/** The log fills several files; the last record never reached the disk. All before it is whole. */
export async function wholeStay(context: CheckContext): Promise<void> {
  const sent = await sellAndKill(context, FILE_BYTES, orders(context))
  const last = await recordOf(context, sent.at(-1)!)
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
  const sent = await sellAndKill(context, ONE_FILE_BYTES, orders(context))
  const victim = await recordOf(context, sent.at(-1)!)
  emptySector(victim)
  await judge(context, victim, sent.slice(0, -1), () => TORN)
}

/** The same sector is missing from a record in the first file. Whole records lie behind it, in its file and in the next ones. */
export async function nothingBehind(context: CheckContext): Promise<void> {
  const sent = await sellAndKill(context, FILE_BYTES, orders(context))
  const torn = sent[victimIndex(context)]!
  const victim = await recordOf(context, torn)
  emptySector(victim)
  await judge(context, victim, sent.slice(0, victimIndex(context)), (key) =>
    key === torn.key
      ? ', although a sector of its record never reached the disk, and whole records lie behind it'
      : `: its record lies behind that of ${torn.key}, which is torn, so the queue has a hole`,
  )
}

/**
 * Of two orders the first is so old that the checkpoint vouches for it. Then many come, and the power fails before the next checkpoint. One of
 * the first file is torn, and so is the first of the last file.
 */
export async function earlyEnough(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  await startShop(context, [`mappedFileSizeCommitLog=${FILE_BYTES}`])
  const old = [...(await sellAll(context, 'early', 1, PADDING))]
  await cluster.sleep(SAFE_AFTER_MS)
  old.push(...(await sellAll(context, 'late', 1, PADDING)))
  await cluster.sleep(CHECKPOINT_WITHIN_MS)
  cluster.step('many orders come in less than a second')
  const sent = [...old, ...(await sellAll(context, 'order', 3 * ORDERS_A_FILE, PADDING))]
  await losePower(context)
  const torn = sent[victimIndex(context)]!
  const victim = await recordOf(context, torn)
  emptySector(victim)
  const last = await recordOf(context, sent.at(-1)!)
  emptySector({ ...last, at: 0 })
  await cluster.writeFile(machineOf(variant), last.path, last.bytes)
  const why = `: the record of ${torn.key} is torn, in the first of four files, and the checkpoint of ${variant['broker']} is older than it`
  await judge(context, victim, sent.slice(0, victimIndex(context)), () => why)
}

/** Orders of a quiet day, for which the checkpoint vouches. Nothing is damaged. */
export async function noMore(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  await startShop(context, [`mappedFileSizeCommitLog=${FILE_BYTES}`])
  const sent: SentMessage[] = []
  for (let i = 1; i <= orders(context); i++) {
    sent.push(...(await sellAll(context, `order-${i}`, 1, PADDING)))
    await cluster.sleep(QUIET_MS)
  }
  await cluster.sleep(VOUCHED_AFTER_MS)
  await losePower(context)
  const records = await storedRecords(cluster, machineOf(variant))
  const from = cluster.events.length
  await startAgain(context)
  const readBytes = cluster.events.slice(from).find(({ kind }) => kind === 'log.recovered')
  const isWhole = readBytes?.kind === 'log.recovered' && readBytes.records >= records.length
  if (isWhole)
    throw new ScenarioFailure(
      `${variant['broker']} read all ${records.length} records of its log when it started, although its checkpoint vouches for those of the first file`,
    )
  const fresh = await sellAll(context, 'fresh', 2)
  await startBilling(context)
  await expectDelivered(context, [...sent, ...fresh])
}

/** Empties the first whole sector that lies inside of the record, well behind its head. */
function emptySector({ bytes, at }: Victim): void {
  const from = Math.ceil((at + 150) / SECTOR_BYTES) * SECTOR_BYTES
  bytes.fill(0, from, from + SECTOR_BYTES)
}

/**
 * What the learner sees when the lab opens: orders that are acknowledged, one more whose sync still runs when the power fails, a
 * sector of that one missing, a restart, and the billing.
 */
export async function demo(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  await startShop(context, [`mappedFileSizeCommitLog=${ONE_FILE_BYTES}`, 'flushDiskType=SYNC_FLUSH'])
  cluster.step(`the shop sells ${variant['orders']} orders, and one more`)
  await sellAll(context, 'order', orders(context), PADDING)
  const slow = await diskFault(context, 'slowSync', 500)
  const selling = sell(context, 'order-late', PADDING)
  await cluster.sleep(100)
  cluster.step(`the machine of ${variant['broker']} loses power`)
  await cluster.kill(machineOf(variant))
  await slow.heal()
  const victim = await recordOf(context, await selling)
  emptySector(victim)
  await cluster.writeFile(machineOf(variant), victim.path, victim.bytes)
  cluster.step(`the power is back; ${variant['broker']} starts again`)
  await startAgain(context)
  cluster.step('the billing service starts')
  await startBilling(context)
  await cluster.sleep(5_000)
}
