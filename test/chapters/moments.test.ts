/**
 * What a sentence says has happened by the moment that it opens. The door of a claim leads to the last of the events that show it;
 * the run up to there must show the claim, and the pane must not have to leave its passage.
 *
 * The chapters of the list keep this rule. In the others some claims speak of the whole run and open earlier.
 */
import { describe, expect, it } from 'vitest'
import { pinnedRun } from '../../site/figures/build.ts'
import { toldCount } from '../../site/figures/kit/ledger.ts'
import { stretchOf } from '../../site/figures/kit/passage.ts'
import { CHAPTERS } from '../../site/lib/chapters.ts'
import { claimsOf, figureOfClaim, valueText } from '../../site/lib/check-claim.ts'
import { doorOfClaim, doorTo } from '../../site/lib/doors.ts'
import { roomText } from '../../site/lib/rooms.ts'

const KEEPERS = ['failover']

describe.each(KEEPERS)('the moments of chapter %s', (slug) => {
  const room = CHAPTERS.find((chapter) => chapter.slug === slug)!
  const page = roomText(room, 'page.mdx')!

  it('show each claim: the run up to the moment that opens is enough', async () => {
    const early: string[] = []
    for (const [id, claim] of Object.entries(await claimsOf(room))) {
      const log = await pinnedRun(figureOfClaim(room, id, claim).id)
      const at = log.events.indexOf(claim.shownBy(log.events).at(-1)!)
      // as the ledger does, with what the application is told in the same moment
      if (claim.shownBy(log.events.slice(0, toldCount(log, at + 1))).length === 0) early.push(id)
    }
    expect(early).toEqual([])
  })

  it('lie at the very end of a run where the sentence speaks of what never comes: the ledger says lost there alone', async () => {
    for (const [id, claim] of Object.entries(await claimsOf(room))) {
      const { events } = await pinnedRun(figureOfClaim(room, id, claim).id)
      const last = claim.shownBy(events).at(-1)!
      if (last.kind === 'script.step' && last.text.startsWith('The end of the run'))
        expect(last, id).toBe(events.at(-1))
    }
  })

  it('lie in the passage of their pane, those of claims and those of doors', async () => {
    const outside: string[] = []
    const isIn = async (id: string, pane: string, n: number) => {
      const { passages } = (await import('../../site/figures/found.ts')).FIGURES.get(id)!.spec
      const log = await pinnedRun(id)
      const { fromCount, toCount } = stretchOf(log, passages[pane]!)
      const index = log.indexOf(n)
      return index >= fromCount - 1 && index < toCount
    }
    for (const [id, claim] of Object.entries(await claimsOf(room))) {
      const door = await doorOfClaim(slug, id)
      if (!(await isIn(figureOfClaim(room, id, claim).id, claim.pane!, door!.n))) outside.push(`claim ${id}`)
    }
    for (const [, attributes = ''] of page.matchAll(/<At\s+([^>]*)>/g)) {
      const get = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)![1]!
      const [figure, pane, when] = [get('figure'), get('pane'), get('when')]
      const door = await doorTo(slug, figure, pane, when)
      if (!(await isIn(`${slug}-${figure}`, pane, door.n))) outside.push(`${pane} ${when}`)
    }
    expect(outside).toEqual([])
  })
})

it('the stretch without a sale has one length in the text and in the picture of chapter failover', async () => {
  const { masterRows } = await import('../../site/figures/kit/views/parts/lanes-masters.ts')
  const { figureById } = await import('../../site/figures/found.ts')
  for (const [figure, value] of [
    ['failover', 'no-sale'],
    ['frozen', 'frozen-no-sale'],
    ['set', 'gap-no-sale'],
  ] as const) {
    const id = `failover-${figure}`
    const log = await pinnedRun(id)
    const { passages } = figureById(id).spec
    const pane = Object.entries(passages).find(([, { view }]) => view === 'lanes')![1]
    const { toCount, fromCount } = stretchOf(log, pane)
    const { atMs } = log.events[toCount - 1]!
    const rows = masterRows({ log, count: toCount, cast: figureById(id).spec.cast, atMs })
    const fromMs = log.events[fromCount - 1]!.atMs
    const sends = rows.find(({ key }) => key === 'sales')!.fills.filter((fill) => fill.fromMs > fromMs)
    expect(sends.map(({ layers }) => layers[0]!.text)).toEqual([`no sale for ${await valueText('failover', value)}`])
  }
})
