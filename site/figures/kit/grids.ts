/** Computes a figure's grids: the scenario once for each cell, in the build, never in the page. */
import { LINK_CHARS_MAX } from './limits.ts'
import { inOrder, run } from './run.ts'
import { afterLastAction } from './shelf.ts'
import {
  type Figure,
  type FigureSpec,
  GRID_CELLS_MAX,
  type GridCell,
  type GridResult,
  type GridSource,
  rowName,
} from './types.ts'

/** What a figure says about itself, with its grids. Throws a sentence for a grid that has too many cells or opens no passage. */
export async function withGrids({ id, spec, scenario }: Figure, pinnedHash: string): Promise<FigureSpec> {
  const sources = Object.entries(scenario.grids ?? {})
  if (sources.length === 0) return spec
  const grids: Record<string, GridResult> = {}
  for (const [name, source] of sources) {
    const { rows, columns, opens } = source
    const count = rows.labels.length * columns.labels.length
    if (count > GRID_CELLS_MAX)
      throw new Error(`${id}: the grid ${name} has ${count} cells; ${GRID_CELLS_MAX} are possible`)
    if (spec.passages[opens] === undefined)
      throw new Error(`${id}: the grid ${name} opens "${opens}", which is no passage`)
    const cells = await cellsOf(scenario, source, scenario.seed)
    const bad = brokenRow(source, cells)
    if (bad !== '')
      throw new Error(`${id}: the grid ${name} has a bad cell in "${bad}", of which the text says it has none`)
    const moments = source.momentsMs === undefined ? {} : { momentsMs: source.momentsMs }
    const edition = `${id}.${pinnedHash.slice(0, 4)}`
    grids[name] = { rows, columns, opens, seed: scenario.seed, edition, cells, ...moments }
  }
  return { ...spec, grids }
}

/** The label of a row that has a bad cell although it promises to have none; '' when there is none. */
export function brokenRow({ rows, neverBad = [] }: GridSource, cells: readonly GridCell[]): string {
  const broken = neverBad.find((row) => cells.some((cell) => cell.row === row && cell.verdict === 'bad'))
  return broken === undefined ? '' : rowName(rows, broken)
}

/** The cells of a grid under another seed: the same runs with other luck. */
export async function cellsOf(scenario: Figure['scenario'], source: GridSource, seed: number): Promise<GridCell[]> {
  const cells: GridCell[] = []
  for (let row = 0; row < source.rows.labels.length; row++)
    for (let column = 0; column < source.columns.labels.length; column++)
      cells.push(await cellOf({ ...scenario, seed }, source, row, column))
  return cells
}

async function cellOf(
  scenario: Figure['scenario'],
  source: GridSource,
  row: number,
  column: number,
): Promise<GridCell> {
  const actions = inOrder(source.actions(row, column))
  if (JSON.stringify(actions).length > LINK_CHARS_MAX)
    throw new Error(`the actions of the cell ${row}, ${column} do not fit into a link of ${LINK_CHARS_MAX} characters`)
  const log = await run({ ...scenario, lengthMs: source.lengthMs ?? scenario.lengthMs }, scenario.seed, actions, 0)
  const events = Math.max(1, afterLastAction(log))
  return { row, column, actions, atMs: log.events[events - 1]!.atMs, events, ...source.says(log, row, column) }
}
