/**
 * What the scenarios of labs about copies share: a slave beside the broker of `one-broker.ts`, and its disk.
 *
 * The disks of master and slave are read from outside, byte by byte. No node is asked what it has.
 */
import { ScenarioFailure } from '../reference/host/cluster.ts'
import { isStored, type SentMessage, storedRecords } from './judge/evidence.ts'
import type { CheckContext, Draw, Variant } from './lab.ts'
import { machineOf } from './one-broker.ts'

/** Small files: a log of a few dozen orders has several. */
export const FILE_BYTES = 32_768
const SLAVES = ['amber', 'basalt', 'cobalt', 'delta', 'garnet', 'indigo', 'jasper', 'onyx']
/** The distance between the ports of master and slave, for clusters whose machines are one. */
const SLAVE_PORT = 3
const ENOUGH_MS = 20_000

/** Draws the machine of a slave. */
export function drawSlave(draw: Draw, stream = 'slave'): string {
  return `${SLAVES[draw(stream, SLAVES.length)]}-${10 + draw(`${stream}.number`, 90)}`
}

/** The machine of the slave: the name of its node. */
export const slaveOf = (variant: Variant) => String(variant['slave'])

/** Settings of a master whose log has small files. */
export const masterSettings = (...settings: readonly string[]) => [`mappedFileSizeCommitLog=${FILE_BYTES}`, ...settings]

/** Starts the slave, and waits until it has had time to find its master. */
export async function startSlave({ cluster, variant }: CheckContext): Promise<void> {
  const args = [
    'namesrvAddr=namesrv:9876',
    `brokerName=${variant['broker']}`,
    `listenPort=${Number(variant['port']) + SLAVE_PORT}`,
    'brokerRole=SLAVE',
    'brokerId=1',
    'slaveReadEnable=true',
    'mappedFileSizeConsumeQueue=6000',
    'messageIndexEnable=false',
    `mappedFileSizeCommitLog=${FILE_BYTES}`,
  ]
  await cluster.start({ name: slaveOf(variant), program: 'broker', args })
  await cluster.sleep(3_000)
}

/** Begins a cut between master and slave alone. `keep`: what is sent waits; `reset`: the connections break. */
export function cutLink(
  { cluster, variant }: CheckContext,
  held: 'keep' | 'reset',
): Promise<{ heal(): Promise<void> }> {
  return cluster.inject({ kind: 'partition', between: [[machineOf(variant)], [slaveOf(variant)]], held })
}

/** The commit log on a node's disk: the first byte of each file by its position, and its bytes. */
async function filesOf({ cluster }: CheckContext, node: string): Promise<ReadonlyMap<number, Uint8Array>> {
  const files = new Map<number, Uint8Array>()
  for (const { path } of await cluster.listFiles(node)) {
    const name = /(?:^|\/)commitlog\/(\d{20})$/.exec(path)?.[1]
    if (name !== undefined) files.set(Number(name), (await cluster.readFile(node, path)) ?? new Uint8Array())
  }
  return files
}

/** The position of the first byte from `from` on that differs on the two disks; undefined when there is none before `to`. */
async function difference(context: CheckContext, from: number, to: number): Promise<number | undefined> {
  const [own, other] = [
    await filesOf(context, machineOf(context.variant)),
    await filesOf(context, slaveOf(context.variant)),
  ]
  for (let at = from; at < to; ) {
    const start = at - (at % FILE_BYTES)
    const [a, b] = [own.get(start), other.get(start)]
    const end = Math.min(to, start + FILE_BYTES)
    for (; at < end; at++) if ((a?.[at - start] ?? 0) !== (b?.[at - start] ?? 0)) return at
  }
  return undefined
}

/** Where the last record of a log ends, on the disk of a machine: the master's unless another is named. */
export async function endOfLog({ cluster, variant }: CheckContext, machine = machineOf(variant)): Promise<number> {
  const records = await storedRecords(cluster, machine)
  return Math.max(0, ...records.map(({ physicalOffset, storeSize }) => physicalOffset + storeSize))
}

/** Waits until the slave's disk has the bytes of its master's from `from` on. The failure names the first one that it has not. */
export async function expectSameBytes(context: CheckContext, when: string, from = 0): Promise<void> {
  const { cluster } = context
  const to = await endOfLog(context)
  const untilMs = cluster.nowMs() + ENOUGH_MS
  let at = await difference(context, from, to)
  while (at !== undefined && cluster.nowMs() < untilMs) {
    await cluster.sleep(1_000)
    at = await difference(context, from, to)
  }
  if (at !== undefined)
    throw new ScenarioFailure(
      `${when}, byte ${at} of the log is not the same on the two disks, ${ENOUGH_MS / 1_000} s later; the master's log ends at ${to}, and the slave's last whole record at ${await endOfLog(context, slaveOf(context.variant))}`,
    )
}

/** Every one of these orders that was answered SEND_OK must lie on the slave's disk, as a whole record. */
export async function expectCopied(
  { cluster, variant }: CheckContext,
  sent: readonly SentMessage[],
  when: string,
): Promise<void> {
  const records = await storedRecords(cluster, slaveOf(variant))
  const missing = sent.find((one) => one.status === 'SEND_OK' && !isStored(records, one))
  if (missing !== undefined)
    throw new ScenarioFailure(`${when}, ${missing.key} was answered SEND_OK, and it is not on the disk of the slave`)
}
