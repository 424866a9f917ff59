/**
 * Rows of the interoperability table: what is tried in every column.
 *
 * A row is data and one function. It gets topics and groups of its own, so rows do not disturb each other, and it
 * returns one short line for the table. Rows that stop servers come last.
 */
import type { RunningColumn } from './columns.ts'
import { expectAllSent } from './expect.ts'
import type { ConsumeOptions, ProduceOptions, ProduceResult, RunningConsumer } from './messages.ts'

/** What a row works with. */
export interface RowContext extends RunningColumn {
  /** The number of messages that the user wishes for rows about copies; undefined for their own number. */
  readonly messages: number | undefined
  /** The row's topic, created with `queues` queues. */
  createTopic(suffix?: string, queues?: number): Promise<string>
  /** A consumer or producer group of the row. */
  group(suffix: string): string
  /** Sends as the row's producer; every message is acknowledged, or the row has failed. */
  send(topic: string, how: SendOptions): Promise<ProduceResult>
  /** Starts a consumer; it is stopped at the end of the row, come what may. */
  consume(options: ConsumeOptions): RunningConsumer
}

/** How a row sends: all of `ProduceOptions` but the topic and the group. */
export type SendOptions = Omit<ProduceOptions, 'topic' | 'group' | 'count'> & { readonly count: number }

/** One row of the table. */
export interface Row {
  readonly id: string
  readonly title: string
  /** What GlassMQ lacks for it so far: the cells between its peers and ours say so and are not run. */
  readonly notYet?: string
  /** Why the row has no meaning in a column; undefined when it has. */
  readonly without?: (running: RunningColumn) => string | undefined
  /** It starts servers of its own and takes long: it runs beside the column's other rows, with a client of its own. */
  readonly isApart?: boolean
  readonly run: (context: RowContext) => Promise<string>
}

/** Outcome of one cell. */
export interface CellResult {
  readonly row: string
  readonly column: string
  /** `none`: the row has no meaning in this column. */
  readonly status: 'passed' | 'failed' | 'skipped' | 'none'
  /** The row's own line, the failure, or the reason for skipping. */
  readonly detail: string
  readonly tookMs: number
}

/** Runs one row in one running column; never throws. */
export async function runCell(row: Row, running: RunningColumn, messages?: number): Promise<CellResult> {
  const startedAt = performance.now()
  const cell = (status: CellResult['status'], detail: string): CellResult => ({
    row: row.id,
    column: running.column.id,
    status,
    detail,
    tookMs: Math.round(performance.now() - startedAt),
  })
  const { client, server } = running.column
  const ours = client === 'glassmq' || server === 'glassmq'
  const without = ours && row.notYet !== undefined ? `not yet: ${row.notYet}` : row.without?.(running)
  if (without !== undefined) return cell(without.startsWith('not yet') ? 'skipped' : 'none', without)
  const consumers: RunningConsumer[] = []
  try {
    return cell('passed', await row.run({ ...contextOf(row, running, consumers), messages }))
  } catch (error) {
    return cell('failed', (error as Error).message)
  } finally {
    await Promise.allSettled(consumers.map((consumer) => consumer.stop()))
  }
}

function contextOf(row: Row, running: RunningColumn, consumers: RunningConsumer[]): Omit<RowContext, 'messages'> {
  return {
    ...running,
    async createTopic(suffix = 'topic', queues = 8) {
      const topic = `${row.id}-${suffix}`
      await running.tools.createTopic({ topic, queues, brokers: [running.server.broker.address] })
      return topic
    },
    group: (suffix) => `${row.id}-${suffix}`,
    async send(topic, how) {
      const result = await running.client.produce({ ...how, topic, group: `${row.id}-producer` })
      expectAllSent(result, how.count)
      return result
    },
    consume(options) {
      const consumer = running.client.consume(options)
      consumers.push(consumer)
      return consumer
    },
  }
}
