/** Whether the queue files of a stopped broker say the same as its log: read from the disk with nothing of the store. */
import type { Cluster } from '../../../../reference/host/cluster.ts'
import { demand } from '../violation.ts'
import { logOf } from './log-of.ts'

const QUEUES = 'store/consumequeue/'
const ENTRY_BYTES = 20
/** Bits of the system flag: a message that is prepared or rolled back has no entry. */
const TRANSACTION_BITS = 12
const COMMIT_BITS = 8

/** Demands an entry for each record that has a place in a queue, and store times that never fall along the log. */
export async function demandQueuesMatchLog(cluster: Cluster, broker: string): Promise<void> {
  const queues = await entriesOf(cluster, broker)
  let lastMs = 0
  for (const { topic, queueId, queueOffset, physicalOffset, sysFlag, storeTimestamp } of await logOf(cluster, broker)) {
    demand(
      storeTimestamp >= lastMs,
      'order',
      () => `${broker}: the record at ${physicalOffset} was stored at ${storeTimestamp}, the one before at ${lastMs}`,
    )
    lastMs = storeTimestamp
    const bits = sysFlag & TRANSACTION_BITS
    if (bits !== 0 && bits !== COMMIT_BITS) continue
    const entry = queues.get(`${topic}/${queueId}`)?.get(queueOffset)
    demand(
      entry === physicalOffset,
      'derived',
      () =>
        `${broker}: ${topic}/${queueId} at ${queueOffset} is in the log at ${physicalOffset}, its queue says ${entry ?? 'nothing'}`,
    )
  }
}

/** Positions in the log, by queue (`topic/id`) and queue offset. */
async function entriesOf(cluster: Cluster, broker: string): Promise<ReadonlyMap<string, ReadonlyMap<number, number>>> {
  const queues = new Map<string, Map<number, number>>()
  for (const { path } of await cluster.listFiles(broker)) {
    if (!path.startsWith(QUEUES)) continue
    const [topic, queueId, name] = path.slice(QUEUES.length).split('/')
    const bytes = (await cluster.readFile(broker, path)) ?? new Uint8Array()
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const entries = queues.get(`${topic}/${queueId}`) ?? new Map<number, number>()
    queues.set(`${topic}/${queueId}`, entries)
    for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES)
      if (view.getInt32(at + 8) > 0) entries.set((Number(name) + at) / ENTRY_BYTES, Number(view.getBigInt64(at)))
  }
  return queues
}
