/**
 * Every page of the book on a slow line and a slow processor, once: time to the first picture, script before the first click,
 * and layout shift on the way to its end. Names the worst page of each. The pages of quoted files share one layout, so only
 * the longest of them is opened.
 */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DIST } from '../../site/lib/build.ts'
import { browserMissing, openSite } from '../support/browser.ts'
import type { Bench, Figure } from './figure.ts'
import { measurePage, PAINT_GOAL_MS, type PageCost, SCRIPT_GOAL_KB } from './site.ts'

const SOURCE = 'source/'
const SHIFT_GOAL = 0.001
const KB = 1_024

export const pagesBench: Bench = {
  name: 'pages',
  about: 'every page on a slow line and a slow processor, 412 px wide: the worst ones (ten minutes)',
  isLong: true,
  missing: async () => browserMissing(),
  async run(say) {
    const site = await openSite()
    try {
      const costs = new Map<string, PageCost>()
      for (const path of pagesOf()) {
        const context = await site.browser.newContext({ viewport: { width: 412, height: 823 } })
        const cost = await measurePage(await context.newPage(), `${site.origin}/${path}`)
        await context.close()
        costs.set(path, cost)
        const { paintMs, shift, weight, moved, open } = cost
        const what = shift < SHIFT_GOAL ? '' : `; moved: ${[...new Set(moved)].slice(0, 6).join(', ')}`
        const never = open.length === 0 ? '' : `; no end was told of ${open.slice(0, 3).join(', ')}`
        say(
          `/${path}: ${Math.round(paintMs)} ms, ${textOfKb(weight.script)} of script, shift ${shift.toFixed(4)}${what}${never}`,
        )
      }
      return [
        worst(
          costs,
          'largest contentful paint',
          (cost) => cost.paintMs,
          PAINT_GOAL_MS,
          (ms) => `${Math.round(ms)} ms`,
        ),
        worst(costs, 'JavaScript before interaction', (cost) => cost.weight.script, SCRIPT_GOAL_KB * KB, textOfKb),
        worst(
          costs,
          'layout shift while scrolling',
          (cost) => cost.shift,
          SHIFT_GOAL,
          (shift) => shift.toFixed(4),
        ),
      ]
    } finally {
      await site.close()
    }
  },
}

/** The paths of all pages, with the longest page of a quoted file instead of all such pages. */
function pagesOf(): readonly string[] {
  const paths = readdirSync(DIST, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('index.html'))
    .map((path) => path.slice(0, -'index.html'.length))
  const sizeOf = (path: string) => statSync(join(DIST, path, 'index.html')).size
  const sources = paths.filter((path) => path.startsWith(SOURCE)).sort((a, b) => sizeOf(b) - sizeOf(a))
  return [...paths.filter((path) => !path.startsWith(SOURCE)).sort(), ...sources.slice(0, 1)]
}

const textOfKb = (bytes: number) => `${(bytes / KB).toFixed(1)} KB`

function worst(
  costs: ReadonlyMap<string, PageCost>,
  what: string,
  of: (cost: PageCost) => number,
  goal: number,
  text: (value: number) => string,
): Figure {
  const [path, cost] = [...costs].sort(([, a], [, b]) => of(b) - of(a))[0]!
  const short = [...costs.values()].filter((one) => of(one) >= goal).length
  return {
    what: `${what}, the worst page`,
    value: text(of(cost)),
    goal: `under ${text(goal)}`,
    met: of(cost) < goal,
    note: `/${path}; ${short} of ${costs.size} pages are short of it`,
  }
}
