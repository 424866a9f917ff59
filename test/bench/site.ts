/** What a chapter costs a reader: bytes before the first click, and the time to the first picture on a slow line. */
import type { Page } from 'playwright-core'
import { browserMissing, openSite } from '../support/browser.ts'
import { type Bench, median } from './figure.ts'

const ROUNDS = 5
const CHAPTER = '/chapters/roles/'
/** 150 ms round trip, 1.6 Mbit/s, a processor four times slower, a narrow screen. */
const SLOW = { latency: 150, downloadThroughput: 200_000, uploadThroughput: 93_750, offline: false }
const SLOWER_CPU = 4
/** The network is quiet when no request has been under way for this time. */
const QUIET_MS = 500
/** A request without a byte in this time has no end that the page would be told of: a worker fetches for itself. */
const SILENT_MS = 5_000
/** A page whose network is not quiet after this time is measured as it is then. */
const QUIET_WITHIN_MS = 90_000
export const SCRIPT_GOAL_KB = 60
export const PAINT_GOAL_MS = 1_200

export const siteBench: Bench = {
  name: 'site',
  about: 'chapter 1 on a slow line and a slow processor, 412 px wide',
  missing: async () => browserMissing(),
  async run(say) {
    const site = await openSite()
    try {
      const paints: number[] = []
      let weight: PageCost['weight'] = { script: 0, all: 0 }
      let shift = 0
      for (let round = 1; round <= ROUNDS; round++) {
        const context = await site.browser.newContext({ viewport: { width: 412, height: 823 } })
        const page = await context.newPage()
        const measured = await measurePage(page, `${site.origin}${CHAPTER}`)
        paints.push(measured.paintMs)
        weight = measured.weight
        shift = Math.max(shift, measured.shift)
        await context.close()
        say(`round ${round} of ${ROUNDS}`)
      }
      const paint = median(paints)
      const kilobytes = (bytes: number) => `${(bytes / 1_024).toFixed(1)} KB`
      return [
        {
          what: 'JavaScript before interaction',
          value: kilobytes(weight.script),
          goal: `under ${SCRIPT_GOAL_KB} KB`,
          met: weight.script < SCRIPT_GOAL_KB * 1_024,
          note: 'compressed, with the figure in view',
        },
        {
          what: 'everything before interaction',
          value: kilobytes(weight.all),
          goal: '',
          note: 'fonts and figure data included',
        },
        {
          what: 'largest contentful paint',
          value: `${Math.round(paint)} ms`,
          goal: `under ${PAINT_GOAL_MS} ms`,
          met: paint < PAINT_GOAL_MS,
          note: `median of ${ROUNDS}`,
        },
        {
          what: 'layout shift while scrolling',
          value: shift.toFixed(3),
          goal: '0',
          met: shift < 0.001,
          note: 'worst of all rounds',
        },
      ]
    } finally {
      await site.close()
    }
  },
}

/** What a page has cost a reader who opened it and scrolled to its end. */
export interface PageCost {
  readonly paintMs: number
  readonly shift: number
  /** Bytes, compressed as served. */
  readonly weight: { readonly script: number; readonly all: number }
  /** The parts of the page that moved. */
  readonly moved: readonly string[]
  /** Requests that had no end when the page was measured. */
  readonly open: readonly string[]
}

/** Opens a page on the slow line and scrolls to its end. The page must be new. */
export async function measurePage(page: Page, url: string): Promise<PageCost> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Network.enable')
  await cdp.send('Network.emulateNetworkConditions', SLOW)
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: SLOWER_CPU })
  const weight = { script: 0, all: 0 }
  const kinds = new Map<string, string>()
  const open = new Map<string, string>()
  let lastMs = performance.now()
  const ended = ({ requestId }: { requestId: string }) => {
    if (open.delete(requestId)) lastMs = performance.now()
  }
  cdp.on('Network.requestWillBeSent', ({ requestId, request }) => {
    if (!request.url.startsWith('http')) return // a worker of text, as labs have, says no end
    open.set(requestId, request.url)
    lastMs = performance.now()
  })
  cdp.on('Network.loadingFinished', ended)
  cdp.on('Network.loadingFailed', ended)
  cdp.on('Network.dataReceived', () => {
    lastMs = performance.now()
  })
  const quiet = async () => {
    const untilMs = performance.now() + QUIET_WITHIN_MS
    const silentMs = () => performance.now() - lastMs
    while (performance.now() < untilMs && silentMs() < (open.size > 0 ? SILENT_MS : QUIET_MS))
      await page.waitForTimeout(50)
  }
  cdp.on('Network.responseReceived', ({ requestId, type }) => void kinds.set(requestId, type))
  cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    weight.all += encodedDataLength
    if (kinds.get(requestId) === 'Script') weight.script += encodedDataLength
  })
  await page.addInitScript(() => {
    const seen = { paintMs: 0, shift: 0, moved: [] as string[] }
    Object.assign(globalThis, { seen })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.paintMs = entry.startTime
    }).observe({ type: 'largest-contentful-paint', buffered: true })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as unknown as Shift[]) {
        seen.shift += entry.value
        for (const { node } of entry.sources) {
          const element = node instanceof Element ? node : node?.parentElement
          seen.moved.push(`${element?.localName}.${element?.className} ${entry.value.toFixed(4)}`)
        }
      }
    }).observe({ type: 'layout-shift', buffered: true })
  })
  await page.goto(url, { timeout: 120_000 })
  await quiet()
  const paintMs = await page.evaluate(() => (globalThis as unknown as { seen: { paintMs: number } }).seen.paintMs)
  const figure = page.locator('[data-figure], .gmq-figure').first()
  if ((await figure.count()) > 0) await figure.scrollIntoViewIfNeeded()
  await quiet()
  const height = await page.evaluate(() => document.body.scrollHeight)
  for (let y = 0; y < height; y += 700) {
    await page.mouse.wheel(0, 700)
    await page.waitForTimeout(60)
  }
  await quiet()
  const { shift, moved } = await page.evaluate(() => (globalThis as unknown as { seen: Seen }).seen)
  return { paintMs, shift, weight, moved, open: [...open.values()] }
}

/** What the measuring script leaves in the page. */
interface Seen {
  readonly shift: number
  readonly moved: readonly string[]
}

/** The browser's entry of a layout shift, of which TypeScript has no type. */
interface Shift {
  readonly value: number
  readonly sources: readonly { readonly node: Node | null }[]
}
