/**
 * A store changes hands while something in it waits: half messages that nobody has decided, and, from 5.3 on, messages with
 * a time of their own. Whoever opens it next asks about the first and delivers the second.
 */
import { join } from 'node:path'
import { temporaryFolder } from '../support/temp.ts'
import { type RunningColumn, startServer } from './columns.ts'
import { expectAllSent, expectArrived, expectExactlyOnce, expectThat } from './expect.ts'
import { type JavaClient, javaClient } from './java-client.ts'
import type { SentMessage } from './messages.ts'
import type { Row } from './rows.ts'

type Kind = RunningColumn['column']['server']

/** Long enough for one server to stop and the next to start. */
const TIMER_DELAY_MS = 30_000
const TIMER_COUNT = 30

/** What one server left to the next. */
interface Left {
  readonly turn: number
  readonly transactions: readonly SentMessage[]
  readonly leftOpen: number
  readonly timers: readonly SentMessage[]
}

export const storeWaitingRow: Row = {
  id: 'store-waiting',
  isApart: true,
  title: 'a store changes hands with open transactions, and timers (5.3), in it',
  without: ({ column }) => (column.storePeer === undefined ? 'done in another column' : undefined),
  async run({ column }) {
    const peer = column.storePeer ?? column.server
    const folder = temporaryFolder('waiting-store')
    const storeDir = join(folder.path, 'store')
    const kinds = [column.server, peer, column.server]
    const told: string[] = []
    let left: Left | undefined
    try {
      for (const [turn, kind] of kinds.entries()) {
        const server = await startServer(kind, storeDir)
        try {
          const client = await javaClient({ version: column.tools, namesrv: server.namesrv })
          try {
            if (left !== undefined) {
              // ready means that it listens; the name server learns a moment later which topics it has
              const brokers = [server.broker.address]
              await client.createTopic({ topic: openTopic(left.turn), queues: 4, brokers })
              told.push(await takeOver(client, kind, left))
            }
            if (turn < 2) left = await leave(client, turn, server.broker.address)
          } finally {
            await client.stop()
          }
        } finally {
          await server.stop()
        }
      }
      return told.join('; ')
    } finally {
      folder.remove()
    }
  },
}

/** Transactions of which three are undecided, and messages for later. */
async function leave(client: JavaClient, turn: number, broker: string): Promise<Left> {
  for (const topic of [openTopic(turn), lateTopic(turn)])
    await client.createTopic({ topic, queues: 4, brokers: [broker] })
  const group = `producer-${turn}`
  const open = await client.produceTransaction({ group, topic: openTopic(turn), count: 9, checkWaitMs: 0 })
  let timers: readonly SentMessage[] = []
  if (client.features.has('timer')) {
    const how = { count: TIMER_COUNT, timerDelayMs: TIMER_DELAY_MS }
    const produced = await client.produce({ group: 'late', topic: lateTopic(turn), ...how })
    expectAllSent(produced, TIMER_COUNT)
    timers = produced.messages.map(({ queueOffset: _, ...message }) => message)
  }
  return { turn, transactions: open.messages, leftOpen: open.unknown, timers }
}

async function takeOver(
  client: JavaClient,
  kind: Kind,
  { turn, transactions, leftOpen, timers }: Left,
): Promise<string> {
  const late =
    timers.length === 0
      ? undefined
      : client.consume({ group: 'late', topic: lateTopic(turn), expected: timers.length, settleMs: 2_000 })
  const topic = openTopic(turn)
  const consumer = client.consume({ group: 'open', topic, expected: 7, settleMs: 2_000 })
  const how = { count: 1, keyPrefix: 'later-', leftOpen, checkWaitMs: 90_000 }
  const later = await client.produceTransaction({ group: `producer-${turn}`, topic, ...how })
  expectThat(later.asked === leftOpen, `the next server asked about ${later.asked} of ${leftOpen}`)
  const all = [...transactions, ...later.messages]
  const committed = all.filter((message) => message.decision !== 'ROLLBACK_MESSAGE')
  const result = await consumer.finished
  expectArrived('the consumer', committed, result)
  // A 4.9 broker cannot read which transactions have ended when several are noted together, as 5.x does: it asks again.
  // A 5.x broker notes them a moment later, asks again in between (here every second), and commits each answer that it gets.
  // This book's broker commits once, however often it has asked.
  const mayCommitAgain = kind !== 'glassmq'
  expectThat(mayCommitAgain || result.duplicates === 0, `${result.duplicates} messages were committed twice by ${kind}`)
  if (late !== undefined) expectExactlyOnce('the late consumer', timers, await late.finished)
  return `${leftOpen} asked about, ${timers.length} came at their time`
}

const openTopic = (turn: number) => `open-${turn}`
const lateTopic = (turn: number) => `late-${turn}`
