/**
 * The scenarios of the lab "Resume": a master and a slave, a link that breaks, a machine that burns, a disk that is slow.
 *
 * Both ends of the connection are the learner's. Judged are the two disks, read from outside, and what the billing is handed.
 */
import { decodeRecord } from '../../reference/common/message-codec.ts'
import { ScenarioFailure } from '../../reference/host/cluster.ts'
import type { SentMessage } from '../judge/evidence.ts'
import type { CheckContext, Draw, Variant } from '../lab.ts'
import {
  acknowledged,
  drawNames,
  expectDelivered,
  machineOf,
  sell,
  sellAll,
  startBilling,
  startShop,
  unexpected,
} from '../one-broker.ts'
import {
  cutLink,
  drawSlave,
  endOfLog,
  expectCopied,
  expectSameBytes,
  FILE_BYTES,
  masterSettings,
  slaveOf,
  startSlave,
} from '../pair.ts'

export const CLIENT = 'ha-client.ts'
export const CONNECTION = 'ha-connection.ts'

const DOUBLE = ['brokerRole=SYNC_MASTER', 'inSyncReplicas=2']
/** A body of so many bytes: seven records fill a file of the log. */
const PADDING = 4_000
/** So long are bytes under way when the link breaks. */
const FLIGHT_MS = 400
/** How long the master waits for its slave, and the shop for the master, where the next report of a quiet slave is awaited. */
const LONG_WAIT = ['slaveTimeout=8000', 'sendMsgTimeout=10000'] as const
/** Way to the slave and back, and the way of the shop: the simulator's wires take 1 to 3 ms each. */
const PROMPT_MS = 40

export function variant(draw: Draw): Variant {
  return {
    ...drawNames(draw),
    slave: drawSlave(draw),
    before: 2 + draw('before', 4),
    during: 7 + draw('during', 6),
    brokenMs: 1_500 + draw('brokenMs', 4_000),
    cutAfterMs: 3 + draw('cutAfterMs', 20),
    writeMs: 150 + draw('writeMs', 300),
  }
}

async function startPair(context: CheckContext, ...settings: readonly string[]): Promise<void> {
  await startShop(context, masterSettings(...settings))
  await startSlave(context)
}

/** The link breaks twice, once while bytes are under way; orders go on all the time. */
export async function sameBytes(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  await startPair(context, 'brokerRole=ASYNC_MASTER')
  const sent = [...(await sellAll(context, 'before', Number(variant['before'])))]
  const slow = await cluster.inject({
    kind: 'link',
    from: machineOf(variant),
    to: slaveOf(variant),
    delayMs: FLIGHT_MS,
  })
  sent.push(...(await sellAll(context, 'under-way', 2)))
  const broken = await cutLink(context, 'reset')
  await slow.heal()
  cluster.step(
    `the link between ${machineOf(variant)} and ${slaveOf(variant)} is broken, and two orders were under way`,
  )
  sent.push(...(await sellAll(context, 'during', Number(variant['during']), PADDING)))
  await cluster.sleep(Number(variant['brokenMs']))
  await broken.heal()
  sent.push(...(await sellAll(context, 'after', 3)))
  await expectSameBytes(context, 'After the link was broken and whole again')
  const selling = sellAll(context, 'late', 5, PADDING)
  await cluster.sleep(Number(variant['cutAfterMs']))
  const again = await cutLink(context, 'reset')
  sent.push(...(await selling))
  await cluster.sleep(500)
  await again.heal()
  await expectSameBytes(context, 'After the link broke a second time, while bytes were under way')
  await cluster.stop(machineOf(variant))
  cluster.step(`${machineOf(variant)} is stopped; the billing reads from ${slaveOf(variant)}`)
  await startBilling(context)
  await expectDelivered(context, sent).catch((error: Error) => {
    throw new ScenarioFailure(
      `the billing reads from the slave, and ${error.message.replace(' and whole on the disk', '')}`,
    )
  })
  const more = unexpected(context, sent)
  if (more !== '') throw new ScenarioFailure(`the billing reads from the slave, and ${more}`)
}

/** The link holds what is sent, orders are sold, and the master's machine is lost. */
export async function answeredIsCopied(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  await startPair(context, ...DOUBLE)
  const sent: SentMessage[] = [...(await sellAll(context, 'before', Number(variant['before'])))]
  await cutLink(context, 'keep')
  cluster.step(`nothing passes between ${machineOf(variant)} and ${slaveOf(variant)}`)
  const selling = Promise.all([1, 2, 3].map((i) => sell(context, `during-${i}`)))
  await cluster.sleep(1_000)
  await cluster.kill(machineOf(variant))
  sent.push(...(await selling))
  await expectCopied(context, sent, 'When the machine of the master was lost')
}

/** Each write of the slave's disk stops its process for a while, as a page cache without clean pages does. */
export async function writtenIsReported(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  await startPair(context, ...DOUBLE)
  await sellAll(context, 'before', Number(variant['before']))
  const writeMs = Number(variant['writeMs'])
  await cluster.inject({ kind: 'disk', node: slaveOf(variant), fails: 'slowWrite', delayMs: writeMs })
  cluster.step(`each write of the disk of ${slaveOf(variant)} takes ${writeMs} ms`)
  for (const key of ['during-1', 'during-2']) {
    const one = await sell(context, key)
    if (one.status === 'SEND_OK' && one.tookMs < writeMs)
      throw new ScenarioFailure(
        `${key} was answered SEND_OK after ${one.tookMs} ms; one write of the slave's disk takes ${writeMs} ms, so the slave had not written it`,
      )
    if (one.status !== 'SEND_OK')
      throw new ScenarioFailure(
        `${key} was answered ${one.status} after ${one.tookMs} ms (${one.error}); the slave is slow, and it is there`,
      )
    await cluster.sleep(3_000)
  }
}

/** Every order of a healthy pair is answered as soon as the slave has it, also after a broken link. */
export async function prompt(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  await startPair(context, ...DOUBLE)
  await sell(context, 'first')
  await expectPrompt(context, 'healthy')
  const broken = await cutLink(context, 'reset')
  await cluster.sleep(Number(variant['brokenMs']))
  await broken.heal()
  await cluster.sleep(8_000)
  await expectPrompt(context, 'again')
}

async function expectPrompt(context: CheckContext, prefix: string): Promise<void> {
  const selling: Promise<SentMessage>[] = []
  for (let i = 1; i <= 16; i++) {
    selling.push(sell(context, `${prefix}-${i}`))
    await context.cluster.sleep(1)
  }
  const slow = (await Promise.all(selling)).find(({ status, tookMs }) => status !== 'SEND_OK' || tookMs > PROMPT_MS)
  if (slow === undefined) return
  const said = slow.status === 'FAILED' ? `with an error (${slow.error})` : slow.status
  throw new ScenarioFailure(
    `${slow.key} was answered ${said} after ${slow.tookMs} ms; the way to the slave and back takes 6 ms at most, and nothing is broken`,
  )
}

/** A slave is started empty beside a master whose log has several files. */
export async function newestFile(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  await startShop(context, masterSettings('brokerRole=ASYNC_MASTER'))
  await sellAll(context, 'old', 2 * 7 + Number(variant['before']), PADDING)
  const end = await endOfLog(context)
  cluster.step(`${slaveOf(variant)} is started, with an empty disk`)
  await startSlave(context)
  await sellAll(context, 'new', 3)
  await expectSameBytes(context, 'When an empty slave had joined', end - (end % FILE_BYTES))
}

/** The master has lost its newest orders, as after a power cut; the slave still has them. */
export async function slaveIsAhead(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  await startShop(context, masterSettings(...DOUBLE, LONG_WAIT[0]), [LONG_WAIT[1]])
  await startSlave(context)
  const sent = await sellAll(context, 'before', 2 + Number(variant['before']))
  await cluster.kill(machineOf(variant))
  await cluster.kill(slaveOf(variant))
  const before = await logOf(context, slaveOf(variant))
  await cutTail(context, sent.at(-2)!)
  cluster.step(`${machineOf(variant)} is back without its last two orders; ${slaveOf(variant)} has them`)
  await cluster.restart(machineOf(variant))
  await cluster.restart(slaveOf(variant))
  await cluster.sleep(12_000)
  const one = await sell(context, 'new-1')
  await cluster.sleep(2_000)
  if (one.status === 'SEND_OK')
    throw new ScenarioFailure(
      'new-1 was answered SEND_OK, and no slave has it: where its record lies on the master, the slave has an older order that the master has lost',
    )
  const after = await logOf(context, slaveOf(variant))
  const at = before.findIndex((byte, i) => byte !== after[i])
  if (at >= 0)
    throw new ScenarioFailure(`the slave had orders that its master had lost, and byte ${at} of its log was changed`)
}

/** The first file of a node's log, as it lies on its disk. */
async function logOf({ cluster }: CheckContext, node: string): Promise<Uint8Array> {
  const files = await cluster.listFiles(node)
  const path = files.map((one) => one.path).find((one) => /(?:^|\/)commitlog\/0{20}$/.test(one)) ?? ''
  return ((await cluster.readFile(node, path)) ?? new Uint8Array()).slice()
}

/** Clears the master's log from the record of an order on. */
async function cutTail({ cluster, variant }: CheckContext, { msgId }: SentMessage): Promise<void> {
  const node = machineOf(variant)
  const path = (await cluster.listFiles(node))
    .map((one) => one.path)
    .find((one) => /(?:^|\/)commitlog\/0{20}$/.test(one))!
  const bytes = (await cluster.readFile(node, path))!.slice()
  for (let at = 0; at < bytes.length; ) {
    const decoded = decodeRecord(bytes, at, true)
    if ('fault' in decoded) break
    if (decoded.message.properties.get('UNIQ_KEY') === msgId) {
      await cluster.writeFile(node, path, bytes.fill(0, at))
      return
    }
    at += decoded.message.storeSize
  }
  throw new ScenarioFailure('an order that was answered SEND_OK is not in the first file of the log of the master')
}

/** What the learner sees when the lab opens: a broken link, and a slave that has stood still since. */
export async function demo(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  await startPair(context, 'brokerRole=ASYNC_MASTER')
  const sent = [...(await sellAll(context, 'before', 3))]
  const link = { from: machineOf(variant), to: slaveOf(variant) }
  const slow = await cluster.inject({ kind: 'link', ...link, delayMs: FLIGHT_MS })
  sent.push(...(await sellAll(context, 'under-way', 2)))
  cluster.step(`the link between ${link.from} and ${link.to} breaks, and two orders were under way`)
  const broken = await cutLink(context, 'reset')
  await slow.heal()
  sent.push(...(await sellAll(context, 'during', 4)))
  await cluster.sleep(2_000)
  await broken.heal()
  cluster.step('the link is whole again')
  await cluster.sleep(12_000)
  cluster.step(`${machineOf(variant)} is stopped; the billing reads from ${slaveOf(variant)}`)
  await cluster.stop(machineOf(variant))
  await startBilling(context)
  await cluster.sleep(10_000)
  cluster.step(`${acknowledged(sent).length} orders were answered SEND_OK`)
}
