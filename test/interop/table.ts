/**
 * The table that `npm run interop` prints, and the two files it keeps: out/interop.json and out/interop.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Column } from './columns.ts'
import type { CellResult, Row } from './rows.ts'

const OUT_FOLDER = fileURLToPath(new URL('../../out', import.meta.url))

/** All that one run found out. */
export interface InteropReport {
  readonly selfTest: boolean
  /** Exact versions of what took part, by name. */
  readonly versions: Readonly<Record<string, string>>
  readonly columns: readonly { readonly id: string; readonly title: string; readonly note: string }[]
  readonly rows: readonly { readonly id: string; readonly title: string }[]
  readonly cells: readonly CellResult[]
  readonly tookMs: number
}

/** Builds the report of a run; `notes` holds one line per column id, such as how long its servers took to start. */
export function reportOf(run: {
  selfTest: boolean
  versions: Readonly<Record<string, string>>
  columns: readonly Column[]
  rows: readonly Row[]
  cells: readonly CellResult[]
  notes: ReadonlyMap<string, string>
  tookMs: number
}): InteropReport {
  return {
    selfTest: run.selfTest,
    versions: run.versions,
    columns: run.columns.map(({ id, title }) => ({ id, title, note: run.notes.get(id) ?? '' })),
    rows: run.rows.map(({ id, title }) => ({ id, title })),
    cells: run.cells,
    tookMs: run.tookMs,
  }
}

/** The report as a Markdown page: the table, then every cell's own line. */
export function toMarkdown(report: InteropReport): string {
  const lines = [
    report.selfTest ? '# Interoperability: self-test of the harness (official against official)' : '# Interoperability',
    '',
    Object.entries(report.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(' · '),
    '',
    `| | ${report.columns.map((column) => column.title).join(' | ')} |`,
    `|---|${report.columns.map(() => '---').join('|')}|`,
    ...report.rows.map(
      (row) => `| ${row.title} | ${report.columns.map((column) => mark(report, row.id, column.id)).join(' | ')} |`,
    ),
    '',
  ]
  for (const column of report.columns) {
    lines.push(`## ${column.title}`, '', ...(column.note === '' ? [] : [column.note, '']))
    for (const row of report.rows) {
      const cell = find(report, row.id, column.id)
      if (cell) lines.push(`- **${row.title}**: ${cell.status}. ${cell.detail.split('\n').join(' ')}`)
    }
    lines.push('')
  }
  return lines.join('\n')
}

function find(report: InteropReport, row: string, column: string): CellResult | undefined {
  return report.cells.find((cell) => cell.row === row && cell.column === column)
}

function mark(report: InteropReport, row: string, column: string): string {
  const cell = find(report, row, column)
  if (!cell) return ''
  if (cell.status === 'passed') return `passed ${(cell.tookMs / 1000).toFixed(1)} s`
  if (cell.status === 'none') return '–'
  return cell.status === 'failed' ? '**FAILED**' : 'skipped'
}

/** The same table for a terminal: columns padded, one row per line. */
export function toText(report: InteropReport): string {
  const head = ['', ...report.columns.map((column) => column.title)]
  const body = report.rows.map((row) => [
    row.title,
    ...report.columns.map((column) => mark(report, row.id, column.id).replaceAll('*', '')),
  ])
  const widths = head.map((_, at) => Math.max(...[head, ...body].map((line) => (line[at] ?? '').length)))
  return [head, ...body].map((line) => line.map((text, at) => text.padEnd(widths[at] ?? 0)).join('  ')).join('\n')
}

/** Writes out/interop.json and out/interop.md; returns their folder. */
export function saveReport(report: InteropReport): string {
  mkdirSync(OUT_FOLDER, { recursive: true })
  writeFileSync(join(OUT_FOLDER, 'interop.json'), `${JSON.stringify(report, null, 2)}\n`)
  writeFileSync(join(OUT_FOLDER, 'interop.md'), `${toMarkdown(report)}\n`)
  return OUT_FOLDER
}
