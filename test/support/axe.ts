/**
 * What axe-core finds serious on a page, in both themes.
 *
 * The themes differ in colours only, so the dark one is asked for colour alone: the page is opened once. Blocks of code that can be
 * scrolled get their place in the tab order a moment after the page has loaded, or after the fold around them is opened; that moment
 * is waited for. The theme of the page must follow the system's. The page keeps its content security policy: without one the lab's page
 * refuses to run what a learner wrote.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/** Rules whose outcome a theme can change. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block']

interface AxeResults {
  readonly violations: readonly {
    readonly id: string
    readonly impact: string
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
  }[]
}

interface Axe {
  run(context: { include: readonly string[]; exclude: readonly Element[] }, options: object): Promise<AxeResults>
}

/**
 * Every serious or critical finding, one line each, such as `dark: color-contrast: <a …`. Leaves the page in the light theme.
 * `context` is the selector of the part that is looked at, without the parts that match `exclude`.
 */
export async function seriousBarriers(page: Page, context = 'html', exclude = ''): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE)
  await page.waitForFunction(() =>
    [...document.querySelectorAll('.expressive-code pre')].every(
      (block) =>
        block.scrollWidth <= block.clientWidth ||
        block.hasAttribute('tabindex') ||
        block.closest('details:not([open])') !== null,
    ),
  )
  const found: string[] = []
  for (const theme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme: theme })
    await page.waitForFunction((wanted) => document.documentElement.dataset['theme'] === wanted, theme)
    const rules = theme === 'dark' ? COLOUR_RULES : undefined
    found.push(...(await runAxe(page, { include: context, exclude }, rules)).map((line) => `${theme}: ${line}`))
  }
  return found
}

function runAxe(
  page: Page,
  context: { include: string; exclude: string },
  rules: readonly string[] | undefined,
): Promise<string[]> {
  return page.evaluate(
    async ([part, only]) => {
      const { axe } = globalThis as unknown as { axe: Axe }
      const options = { resultTypes: ['violations'], ...(only === null ? {} : { runOnly: only }) }
      const without = part.exclude === '' ? [] : [...document.querySelectorAll(part.exclude)]
      const { violations } = await axe.run({ include: [part.include], exclude: without }, options)
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 120)} ${node.failureSummary}`))
    },
    [context, rules ?? null] as const,
  )
}
