/**
 * Rows that exchange stores: what one server wrote, the other opens and serves, and writes on, and the first opens again.
 *
 * | row                 | each server ends by | and the next one                                                        |
 * | ------------------- | ------------------- | ----------------------------------------------------------------------- |
 * | store-exchange      | a clean stop        | goes on where the group had stopped; finds messages by key               |
 * | store-exchange-kill | kill -9             | gives every message to a group that starts from the beginning; ours finds all by key |
 *
 * After a kill the official broker throws its newest index file away and does not make it again (apache/rocketmq#8007), so
 * there is nothing to ask it for; ours makes it again, also of messages that the official broker stored.
 */
import { join } from 'node:path'
import { temporaryFolder } from '../support/temp.ts'
import { type RunningColumn, startServer } from './columns.ts'
import { expectAllSent, expectExactlyOnce, expectThat } from './expect.ts'
import { type JavaClient, javaClient } from './java-client.ts'
import type { SentMessage } from './messages.ts'
import type { Row } from './rows.ts'

const COUNT = 500
const TOPIC = 'exchanged'
/** Keys asked for of each visit's messages: the first, the last, and some between. */
const KEYS_ASKED = [0, 1, 249, 498, 499]

type Kind = RunningColumn['column']['server']
type Ending = 'stop' | 'kill'

/** Writes with the column's server, reads and writes with its peer, reads with the column's server. */
export const storeExchangeRow = exchangeRow('store-exchange', 'a store changes hands and comes back', 'stop')
/** The same, and nobody closes the store. */
export const storeExchangeKillRow = exchangeRow('store-exchange-kill', 'the same after kill -9', 'kill')

function exchangeRow(id: string, title: string, ending: Ending): Row {
  return {
    id,
    title,
    isApart: true,
    without: ({ column }) => (column.storePeer === undefined ? 'done in another column' : undefined),
    async run({ column }) {
      const peer = column.storePeer ?? column.server
      const folder = temporaryFolder('exchanged-store')
      const storeDir = join(folder.path, 'store')
      const sent: SentMessage[] = []
      const kinds = [column.server, peer, column.server]
      try {
        for (const [turn, kind] of kinds.entries()) await visit(column.tools, kind, storeDir, turn, sent, ending)
        return `${kinds.map(nameOf).join(' → ')}, ${COUNT} messages each, found by queue and by key`
      } finally {
        folder.remove()
      }
    },
  }
}

/** Opens the store with one server: what all visitors before left is there, and more is left. */
async function visit(
  tools: RunningColumn['column']['tools'],
  kind: Kind,
  storeDir: string,
  turn: number,
  sent: SentMessage[],
  ending: Ending,
): Promise<void> {
  const server = await startServer(kind, storeDir)
  try {
    const client = await javaClient({ version: tools, namesrv: server.namesrv })
    try {
      if (turn === 0) await client.createTopic({ topic: TOPIC, queues: 8, brokers: [server.broker.address] })
      else await expectAllThere(client, kind, turn, sent, ending)
      const keyPrefix = `turn-${turn}-`
      const produced = await client.produce({ group: 'producer', topic: TOPIC, count: COUNT, threads: 8, keyPrefix })
      expectAllSent(produced, COUNT)
      sent.push(...produced.messages)
    } finally {
      await client.stop()
    }
  } finally {
    if (ending === 'stop') await server.stop()
    else await server.kill()
  }
}

async function expectAllThere(
  client: JavaClient,
  kind: Kind,
  turn: number,
  sent: readonly SentMessage[],
  ending: Ending,
): Promise<void> {
  // Offsets are written down every five seconds; after a kill a group of its own tells more.
  const group = ending === 'stop' ? 'group' : `group-${turn}`
  const wanted = ending === 'stop' ? sent.slice(-COUNT) : sent
  const consumer = client.consume({ group, topic: TOPIC, expected: wanted.length, settleMs: 1_000 })
  expectExactlyOnce(`the group, served by ${nameOf(kind)},`, wanted, await consumer.finished)
  if (ending === 'kill' && kind !== 'glassmq') return
  for (let from = 0; from < sent.length; from += COUNT) {
    for (const at of KEYS_ASKED) {
      const { key, msgId } = sent[from + at]!
      const printed = await client.admin(['queryMsgByKey', '-t', TOPIC, '-k', key])
      expectThat(
        printed.includes(String(msgId)),
        `${nameOf(kind)} does not find the key ${key}: ${printed.slice(0, 500)}`,
      )
    }
  }
}

function nameOf(kind: Kind): string {
  return kind === 'glassmq' ? 'GlassMQ' : `RocketMQ ${kind}`
}
