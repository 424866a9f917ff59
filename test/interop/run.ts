/**
 * `npm run interop`: fills the interoperability table and prints it; also kept as out/interop.json and out/interop.md.
 *
 * Each column has a fresh name server, broker and client JVM; its rows that start servers of their own run beside it. Three
 * of these parts run at a time, since a part mostly waits (for retries, leases, a broker that ends); one alone with the
 * benchmark, which measures. A column that cannot run here is
 * skipped with its reason; a row without meaning in a column is a dash. A cell that failed is run once more with fresh servers,
 * and says so. Exit code: 0 when nothing failed, 1 when a cell failed twice, 2 on a wrong command line.
 */
import { parseArgs } from 'node:util'
import { recordRun } from '../support/checked.ts'
import { sayLast } from '../support/stages.ts'
import { BENCHMARK_ROW, ROWS } from './cells.ts'
import { type Column, columnMissing, columnsOf, type RunningColumn, startColumn } from './columns.ts'
import { javaAvailable, javaPeers } from './peers.ts'
import { type CellResult, type Row, runCell } from './rows.ts'
import { reportOf, saveReport, toText } from './table.ts'

/** Parts of columns that run at the same time. */
const LANES = 3

const HELP = `npm run interop -- [options]

  --self-test        the official servers and clients among themselves: proves the harness, not GlassMQ
  --rows A,B         only these rows          --columns A,B   only these columns
  --messages N       so many messages in the rows about copies, such as 100000 (minutes)
  --benchmark        one more row: 64 threads, sync, 1 KiB
  --record           keeps what it came to for the page "How this is checked"
  --list             the ids of all rows and columns
  --help             this text

Needs a JDK (11 or newer) and Maven; the first run downloads the official artifacts.`

async function main(): Promise<number> {
  const options = parseOptions()
  if (typeof options === 'number') return options
  const java = await javaAvailable()
  if (!java.available) {
    say(`skipped: ${java.reason}`)
    return 0
  }
  const startedAt = performance.now()
  const peers = await javaPeers((line) => say(line))
  const versions = {
    'client 4.9': peers['4.9'].clientVersion,
    'server 4.9': peers['4.9'].serverVersion,
    'client 5.3': peers['5.3'].clientVersion,
    'server 5.3': peers['5.3'].serverVersion,
    Java: String(java.javaVersion),
  }
  const notes = new Map<string, string>()
  const cells = await runColumns(options, notes)
  const report = reportOf({ ...options, versions, cells, notes, tookMs: Math.round(performance.now() - startedAt) })
  say('')
  say(toText(report))
  const count = (status: CellResult['status']): number => cells.filter((cell) => cell.status === status).length
  say('')
  say(
    `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped, ${count('none')} without meaning in their column; ${seconds(report.tookMs)}`,
  )
  say(`kept in ${saveReport(report)}`)
  if (options.isRecorded)
    recordRun('interop', {
      versions,
      rows: options.rows.length,
      columns: options.columns.map(({ title }) => title),
      passed: count('passed'),
      failed: count('failed'),
      skipped: count('skipped'),
    })
  const noteworthy = cells.filter(({ status, detail }) => status === 'failed' || detail.startsWith('run again'))
  sayLast(noteworthy.map(({ status, column, row, detail }) => `${status}: ${row}, ${column}: ${detail}`).join('\n'))
  return count('failed') === 0 ? 0 : 1
}

interface Options {
  readonly selfTest: boolean
  readonly messages: number | undefined
  readonly isRecorded: boolean
  readonly rows: readonly Row[]
  readonly columns: readonly Column[]
}

function parseOptions(): Options | number {
  let values: { [name: string]: string | boolean | undefined }
  try {
    const flag = { type: 'boolean' } as const
    const text = { type: 'string' } as const
    const known = {
      'self-test': flag,
      benchmark: flag,
      list: flag,
      help: flag,
      rows: text,
      columns: text,
      messages: text,
      record: flag,
    }
    values = parseArgs({ options: known }).values
  } catch (error) {
    say(`${(error as Error).message}\n\n${HELP}`)
    return 2
  }
  if (values['help']) {
    say(HELP)
    return 0
  }
  const selfTest = values['self-test'] === true
  const allRows = [...ROWS, ...(values['benchmark'] === true ? [BENCHMARK_ROW] : [])]
  const allColumns = columnsOf(selfTest)
  if (values['list']) {
    for (const row of [...ROWS, BENCHMARK_ROW]) say(`row     ${row.id.padEnd(18)} ${row.title}`)
    for (const column of [...columnsOf(false), ...columnsOf(true)])
      say(`column  ${column.id.padEnd(18)} ${column.title}`)
    return 0
  }
  const messages = values['messages'] === undefined ? undefined : Number(values['messages'])
  if (messages !== undefined && !(Number.isInteger(messages) && messages >= 1_000)) {
    say(`--messages is "${values['messages']}"; it must be a whole number from 1000 on`)
    return 2
  }
  const rows = chosen('row', allRows, values['rows'])
  const columns = chosen('column', allColumns, values['columns'])
  return typeof rows === 'string' || typeof columns === 'string'
    ? sayWrong(rows, columns)
    : { selfTest, messages, isRecorded: values['record'] === true, rows, columns }
}

function sayWrong(...results: readonly unknown[]): number {
  for (const result of results) if (typeof result === 'string') say(result)
  return 2
}

function chosen<T extends { readonly id: string }>(
  what: string,
  all: readonly T[],
  wanted: string | boolean | undefined,
): readonly T[] | string {
  if (typeof wanted !== 'string') return all
  const ids = wanted.split(',')
  const unknown = ids.find((id) => !all.some((each) => each.id === id))
  if (unknown !== undefined) return `no ${what} "${unknown}"; there are ${all.map((each) => each.id).join(', ')}`
  return all.filter((each) => ids.includes(each.id))
}

/** Rows of one column that run one after the other. */
interface Part {
  readonly column: Column
  readonly rows: readonly Row[]
}

/** Every cell, column by column as the table has them, whichever ran first. */
async function runColumns({ columns, rows, messages }: Options, notes: Map<string, string>): Promise<CellResult[]> {
  const results = new Map<string, CellResult>()
  const parts = columns.flatMap((column) => partsOf(column, rows))
  // 5.3 waits longest: begun first, it does not run on alone at the end
  const waiting = parts.toSorted((a, b) => Number(isFive(b.column)) - Number(isFive(a.column)))
  const lane = async (): Promise<void> => {
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift())
      for (const cell of await runPart(part, notes, messages)) results.set(`${cell.column} ${cell.row}`, cell)
  }
  const lanes = rows.includes(BENCHMARK_ROW) ? 1 : LANES
  await Promise.all(Array.from({ length: lanes }, lane))
  for (const part of failedParts(columns, rows, results)) {
    say(`${part.column.title}: once more, with fresh servers, what failed`)
    for (const cell of await runPart(part, notes, messages)) {
      const first = results.get(`${cell.column} ${cell.row}`)!
      results.set(`${cell.column} ${cell.row}`, {
        ...cell,
        detail: `run again; first: ${first.detail}; then: ${cell.detail}`,
      })
    }
  }
  return columns.flatMap((column) => rows.flatMap((row) => results.get(`${column.id} ${row.id}`) ?? []))
}

/** The cells that failed, by column: they are run once more, and the table says of both runs. */
function failedParts(
  columns: readonly Column[],
  rows: readonly Row[],
  results: ReadonlyMap<string, CellResult>,
): Part[] {
  return columns
    .map((column) => ({
      column,
      rows: rows.filter((row) => results.get(`${column.id} ${row.id}`)?.status === 'failed'),
    }))
    .filter((part) => part.rows.length > 0)
}

/** The column's rows, and apart from them those that start servers of their own, where they have a meaning. */
function partsOf(column: Column, rows: readonly Row[]): Part[] {
  const isApart = (row: Row): boolean => row.isApart === true && column.storePeer !== undefined
  return [rows.filter((row) => !isApart(row)), rows.filter(isApart)]
    .filter((some) => some.length > 0)
    .map((some) => ({ column, rows: some }))
}

function isFive({ client, server }: Column): boolean {
  return client === '5.3' || server === '5.3'
}

async function runPart(
  { column, rows }: Part,
  notes: Map<string, string>,
  messages: number | undefined,
): Promise<CellResult[]> {
  const everyRow = (status: 'failed' | 'skipped', detail: string): CellResult[] =>
    rows.map((row) => ({ row: row.id, column: column.id, status, detail, tookMs: 0 }))
  const missing = columnMissing(column)
  if (missing !== undefined) {
    say(`${column.title}: skipped: ${missing}`)
    notes.set(column.id, `Skipped: ${missing}`)
    return everyRow('skipped', missing)
  }
  say(`${column.title}: starting`)
  let running: RunningColumn
  try {
    running = await startColumn(column, rows.includes(BENCHMARK_ROW) ? 'full' : 'quick')
  } catch (error) {
    say(`${column.title}: cannot start: ${(error as Error).message}`)
    return everyRow('failed', `cannot start: ${(error as Error).message}`)
  }
  const { server, client } = running
  const note = `${client.name}, ${server.broker.name}; ready after: name server ${server.nameServer.readyMs} ms, broker ${server.broker.readyMs} ms`
  notes.set(column.id, note)
  say(`${column.title}: ${note}`)
  const cells: CellResult[] = []
  try {
    for (const row of rows) {
      const cell = await runCell(row, running, messages)
      cells.push(cell)
      say(
        `${column.id.padEnd(14)}  ${cell.status.padEnd(7)} ${seconds(cell.tookMs).padStart(7)}  ${row.title}: ${cell.detail}`,
      )
    }
  } finally {
    await running.stop()
  }
  return cells
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

process.exit(await main())
