/** What a chapter costs a reader: bytes before the first click, and the time to the first picture on a slow line. */
import type { Page } from 'playwright-core'
import { browserMissing, openSite } from '../support/browser.ts'
import { type Bench, median } from './figure.ts'

const ROUNDS = 5
const CHAPTER = '/chapters/roles/'
/** 150 ms round trip, 1.6 Mbit/s, a processor four times slower, a narrow screen. */
const SLOW = { latency: 150, downloadThroughput: 200_000, uploadThroughput: 93_750, offline: false }
const SLOWER_CPU = 4
const SCRIPT_GOAL_KB = 60
const PAINT_GOAL_MS = 1_500

export const siteBench: Bench = {
  name: 'site',
  about: 'chapter 1 on a slow line and a slow processor, 412 px wide',
  missing: async () => browserMissing(),
  async run(say) {
    const site = await openSite()
    try {
      const paints: number[] = []
      let weight = { script: 0, all: 0 }
      let shift = 0
      for (let round = 1; round <= ROUNDS; round++) {
        const context = await site.browser.newContext({ viewport: { width: 412, height: 823 } })
        const page = await context.newPage()
        const measured = await measure(page, `${site.origin}${CHAPTER}`)
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

async function measure(page: Page, url: string) {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Network.enable')
  await cdp.send('Network.emulateNetworkConditions', SLOW)
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: SLOWER_CPU })
  const weight = { script: 0, all: 0 }
  const kinds = new Map<string, string>()
  cdp.on('Network.responseReceived', ({ requestId, type }) => void kinds.set(requestId, type))
  cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    weight.all += encodedDataLength
    if (kinds.get(requestId) === 'Script') weight.script += encodedDataLength
  })
  await page.addInitScript(() => {
    const seen = { paintMs: 0, shift: 0 }
    Object.assign(globalThis, { seen })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.paintMs = entry.startTime
    }).observe({ type: 'largest-contentful-paint', buffered: true })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.shift += (entry as unknown as { value: number }).value
    }).observe({ type: 'layout-shift', buffered: true })
  })
  await page.goto(url, { waitUntil: 'networkidle', timeout: 120_000 })
  const paintMs = await page.evaluate(() => (globalThis as unknown as { seen: { paintMs: number } }).seen.paintMs)
  const figure = page.locator('[data-figure], .gmq-figure').first()
  if ((await figure.count()) > 0) await figure.scrollIntoViewIfNeeded()
  await page.waitForLoadState('networkidle')
  const height = await page.evaluate(() => document.body.scrollHeight)
  for (let y = 0; y < height; y += 700) {
    await page.mouse.wheel(0, 700)
    await page.waitForTimeout(60)
  }
  await page.waitForLoadState('networkidle')
  const shift = await page.evaluate(() => (globalThis as unknown as { seen: { shift: number } }).seen.shift)
  return { paintMs, shift, weight }
}
