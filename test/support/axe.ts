/** What axe-core finds on a page that keeps people from using it. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Violation {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
}

/** Returns the serious and critical barriers of a page, or of the elements that `where` selects; a sentence each. */
export async function axeBarriers(page: Page, where = 'html'): Promise<string[]> {
  await page.evaluate(AXE)
  return page.evaluate(async (selector) => {
    const { axe } = globalThis as unknown as {
      axe: { run(where: string): Promise<{ violations: readonly Violation[] }> }
    }
    const { violations } = await axe.run(selector)
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary}`))
  }, where)
}
