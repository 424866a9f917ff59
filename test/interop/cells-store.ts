/**
 * The row that exchanges stores: what one server wrote, the other opens and serves, and writes on, and the first opens
 * again. Topics, offsets and messages must all survive both ways.
 */
import { join } from 'node:path'
import { temporaryFolder } from '../support/temp.ts'
import { type RunningColumn, startServer } from './columns.ts'
import { expectAllSent, expectExactlyOnce } from './expect.ts'
import { javaClient } from './java-client.ts'
import type { ProduceResult } from './messages.ts'
import type { Row } from './rows.ts'

const COUNT = 500

/** Writes with the column's server, reads and writes with its peer, reads with the column's server. */
export const storeExchangeRow: Row = {
  id: 'store-exchange',
  title: 'a store changes hands and comes back',
  without: ({ column }) => (column.storePeer === undefined ? 'done in another column' : undefined),
  async run({ column }) {
    const peer = column.storePeer ?? column.server
    const folder = temporaryFolder('exchanged-store')
    const storeDir = join(folder.path, 'store')
    try {
      const first = await visit(column, column.server, storeDir, 'first-', undefined)
      const second = await visit(column, peer, storeDir, 'second-', first)
      await visit(column, column.server, storeDir, 'third-', second)
      return `${nameOf(column.server)} → ${nameOf(peer)} → ${nameOf(column.server)}, ${COUNT} messages each way`
    } finally {
      folder.remove()
    }
  },
}

/** Opens the store with one server: the group first gets what the visitor before left, then more is left. */
async function visit(
  column: RunningColumn['column'],
  kind: RunningColumn['column']['server'],
  storeDir: string,
  keyPrefix: string,
  before: ProduceResult | undefined,
): Promise<ProduceResult> {
  const server = await startServer(kind, storeDir)
  try {
    const client = await javaClient({ version: column.tools, namesrv: server.namesrv })
    try {
      const topic = 'exchanged'
      if (before) {
        const consumer = client.consume({ group: 'exchange-group', topic, expected: COUNT, settleMs: 1_000 })
        expectExactlyOnce(`the group, served by ${nameOf(kind)},`, before.messages, await consumer.finished)
      } else {
        await client.createTopic({ topic, queues: 8, brokers: [server.broker.address] })
      }
      const produced = await client.produce({ group: 'exchange-producer', topic, count: COUNT, threads: 8, keyPrefix })
      expectAllSent(produced, COUNT)
      return produced
    } finally {
      await client.stop()
    }
  } finally {
    await server.stop()
  }
}

function nameOf(kind: RunningColumn['column']['server']): string {
  return kind === 'glassmq' ? 'GlassMQ' : `RocketMQ ${kind}`
}
