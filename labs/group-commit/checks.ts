/**
 * The scenarios of the lab "Group commit": a broker with SYNC_FLUSH, many orders at a time, and a disk that is slow, fails, or
 * loses power.
 *
 * Syncs are counted by the host, not by the node. What the disk holds is judged after a power cut.
 */
import { ScenarioFailure } from '../../reference/host/cluster.ts'
import type { SentMessage } from '../judge/evidence.ts'
import type { CheckContext, Draw, Variant } from '../lab.ts'
import {
  acknowledged,
  diskFault,
  drawNames,
  expectDelivered,
  machineOf,
  sell,
  sellAll,
  startAgain,
  startBilling,
  startShop,
} from '../one-broker.ts'

export const CODE = 'group-commit.ts'

const SETTINGS = ['flushDiskType=SYNC_FLUSH', 'mappedFileSizeCommitLog=262144']
/** How long the shop waits for an answer where the disk hangs: longer than the broker may. */
const PATIENT = 'sendMsgTimeout=9000'
/** `syncFlushTimeout`, and what the broker may take beyond it. */
const FLUSH_TIMEOUT_MS = 5_000
const SLACK_MS = 500
/** An idle disk answers in less, wires included. */
const IDLE_MS_MAX = 40

export function variant(draw: Draw): Variant {
  return {
    ...drawNames(draw),
    orders: 24 + draw('orders', 17),
    syncMs: 60 + draw('syncMs', 60),
    // when the power fails, in percent of one sync, and after how many syncs
    cutAt: 5 + draw('cutAt', 40),
    cutAfter: 1 + draw('cutAfter', 2),
  }
}

/** Sells `count` orders, one every `everyMs`, without waiting for the answers. */
function sellMany(
  context: CheckContext,
  prefix: string,
  count: number,
  everyMs: number,
): Promise<readonly SentMessage[]> {
  const { cluster } = context
  const all: Promise<SentMessage>[] = []
  const next = async (i: number): Promise<void> => {
    if (i > count) return
    all.push(sell(context, `${prefix}-${i}`))
    await cluster.sleep(everyMs)
    await next(i + 1)
  }
  return next(1).then(() => Promise.all(all))
}

/** One order first: connections are open and files exist. */
async function start(context: CheckContext, shopSettings: readonly string[] = []): Promise<readonly SentMessage[]> {
  await startShop(context, SETTINGS, shopSettings)
  return sellAll(context, 'first', 1)
}

/** Syncs of the log's files that the host has seen so far, good or bad. */
function syncs({ cluster, variant }: CheckContext): readonly { readonly atMs: number; readonly error: string }[] {
  return cluster.events.flatMap((event) =>
    event.kind === 'disk.synced' && event.node === machineOf(variant) && /commitlog\/\d{20}$/.test(event.path)
      ? [{ atMs: event.atMs, error: event.error }]
      : [],
  )
}

/** After a power cut, everything that was acknowledged is delivered. */
async function expectKept(context: CheckContext, sent: readonly SentMessage[]): Promise<void> {
  await startAgain(context)
  await startBilling(context)
  const promised = acknowledged(sent)
  await expectDelivered(context, promised).catch((error: Error) => {
    throw new ScenarioFailure(`after a power cut, ${error.message.replace(' and whole on the disk', '')}`)
  })
}

/** Orders arrive one by one; the power fails before the sync of the last one can have ended. */
export async function answerWaits(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  const first = await start(context)
  const slow = await diskFault(context, 'slowSync', Number(variant['syncMs']))
  const before = await sellAll(context, 'before', 3)
  const last = sell(context, 'order-last')
  await cluster.sleep(Math.floor((Number(variant['syncMs']) * 60) / 100))
  cluster.step(`${variant['broker']} loses power while its disk works`)
  await cluster.powerCut(machineOf(variant))
  await slow.heal()
  const sent = [...first, ...before, await last]
  if (sent.at(-1)!.status === 'SEND_OK')
    throw new ScenarioFailure(
      `order-last was acknowledged ${sent.at(-1)!.tookMs} ms after it was sent, while a sync took more than ${variant['syncMs']} ms`,
    )
  await expectKept(context, sent)
}

/** Orders arrive while a sync runs; the power fails soon after that sync, and before the next one can have ended. */
export async function duringSync(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  const first = await start(context)
  const syncMs = Number(variant['syncMs'])
  const slow = await diskFault(context, 'slowSync', syncMs)
  const known = syncs(context).length
  const selling = sellMany(context, 'order', 12, Math.floor(syncMs / 8))
  await cluster.waitUntil(
    'a sync has ended',
    () => syncs(context).length >= known + Number(variant['cutAfter']),
    20_000,
  )
  await cluster.sleep(Math.floor((syncMs * Number(variant['cutAt'])) / 100))
  cluster.step(`${variant['broker']} loses power between two syncs`)
  await cluster.powerCut(machineOf(variant))
  await slow.heal()
  const sent = await selling
  expectOwnSync(sent, syncMs)
  await expectKept(context, [...first, ...sent])
}

/** An order needs a sync that begins after the order was sent: it cannot be answered in less time than one sync takes. */
function expectOwnSync(sent: readonly SentMessage[], syncMs: number): void {
  const early = acknowledged(sent).find(({ tookMs }) => tookMs < syncMs)
  if (early === undefined) return
  throw new ScenarioFailure(
    `${early.key} was acknowledged ${early.tookMs} ms after it was sent, and a sync of this disk takes more than ${syncMs} ms`,
  )
}

/** A sync fails. What waited for it is not safe, and what comes afterwards is not either. */
export async function failedSync(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  await start(context)
  const fault = await diskFault(context, 'syncError')
  const during = await sellMany(context, 'order', 3, 1)
  await fault.heal()
  const after = await sell(context, 'order-after')
  cluster.step(`a sync of ${variant['broker']} has failed; later its machine loses power`)
  const lie = acknowledged([...during, after]).at(0)
  if (lie === undefined) return
  throw new ScenarioFailure(
    lie.key === 'order-after'
      ? 'order-after was acknowledged, although an earlier sync of the log has failed: what that sync left out is in no page that the next one writes'
      : `${lie.key} was acknowledged, although the sync that should have made it durable failed`,
  )
}

/** Many orders at a time, few syncs: and an order that is alone waits for one sync, not for a timer. */
export async function fewSyncs(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  await start(context)
  const alone = await sell(context, 'order-alone')
  if (alone.status !== 'SEND_OK' || alone.tookMs > IDLE_MS_MAX)
    throw new ScenarioFailure(
      `order-alone met an idle disk and was answered after ${alone.tookMs} ms (${alone.status}); its sync takes 4 ms at most`,
    )
  const syncMs = Number(variant['syncMs'])
  await diskFault(context, 'slowSync', syncMs)
  const known = syncs(context).length
  const startMs = cluster.nowMs()
  const sent = await sellMany(context, 'order', Number(variant['orders']), 1)
  const refused = sent.find(({ status }) => status !== 'SEND_OK')
  if (refused !== undefined)
    throw new ScenarioFailure(
      `${refused.key} was one of ${sent.length} at a time, and was answered ${refused.status} after ${refused.tookMs} ms: ${refused.error}`,
    )
  const used = syncs(context).length - known
  const tookMs = cluster.nowMs() - startMs
  if (used > 4)
    throw new ScenarioFailure(
      `${sent.length} orders that arrived within ${sent.length} ms took ${used} syncs of the log and ${tookMs} ms; one sync takes about ${syncMs} ms, and four are enough`,
    )
  await startBilling(context)
  await expectDelivered(context, sent).catch((error: Error) => {
    throw new ScenarioFailure(`nobody has killed ${variant['broker']}, and ${error.message}`)
  })
}

/** The disk hangs for longer than a put may wait; the shop is patient, and hears what the broker says at five seconds. */
export async function inTime(context: CheckContext): Promise<void> {
  const { variant } = context
  await start(context, [PATIENT])
  const slow = await diskFault(context, 'slowSync', 4 * FLUSH_TIMEOUT_MS)
  // the second has five seconds of its own, from when it came; after a second of waiting a broker would refuse it
  const hung = sell(context, 'order-hung')
  await context.cluster.sleep(700)
  const answers = await Promise.all([hung, sell(context, 'order-hung-2')])
  await slow.heal()
  for (const [i, { status, tookMs }] of answers.entries()) {
    const key = i === 0 ? 'order-hung' : 'order-hung-2'
    const what = `${key} was answered ${status} after ${tookMs} ms; its sync takes ${4 * FLUSH_TIMEOUT_MS} ms`
    if (status === 'SEND_OK') throw new ScenarioFailure(what)
    if (status === 'FLUSH_DISK_TIMEOUT' && tookMs < FLUSH_TIMEOUT_MS)
      throw new ScenarioFailure(`${what}, and until ${FLUSH_TIMEOUT_MS} ms the disk may still confirm it`)
    if (status !== 'FLUSH_DISK_TIMEOUT' || tookMs > FLUSH_TIMEOUT_MS + SLACK_MS)
      throw new ScenarioFailure(
        `${what}, and ${variant['broker']} has not said FLUSH_DISK_TIMEOUT within ${FLUSH_TIMEOUT_MS + SLACK_MS} ms`,
      )
  }
}

/** What the learner sees when the lab opens: sixteen tills, a disk with slow syncs, and the time that it takes. */
export async function demo(context: CheckContext): Promise<void> {
  const { cluster } = context
  await start(context)
  const slow = await diskFault(context, 'slowSync', 80)
  cluster.step('sixteen tills sell at the same time')
  await sellMany(context, 'order', 16, 2)
  await slow.heal()
  await startBilling(context)
  await cluster.sleep(5_000)
}
