/**
 * What a reader does to a run, on the example chapter: a run with another module in place, actions by menu and by letter, tasks that
 * are ticked, predictions that his own run answers, and the way back after a door.
 */
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seriousBarriers } from '../../support/axe.ts'
import { browserMissing, openExampleSite, type Site } from '../../support/browser.ts'

const CHAPTER = '/chapters/example/'
const missing = browserMissing()

describe.skipIf(missing !== '')(`acting in a browser${missing === '' ? '' : ` (skipped: ${missing})`}`, () => {
  let site: Site
  beforeAll(async () => {
    site = await openExampleSite()
  })
  afterAll(async () => {
    await site?.close()
  })

  async function withPage<T>(work: (page: Page) => Promise<T>, width = 1440): Promise<T> {
    const context = await site.browser.newContext({
      viewport: { width, height: 900 },
      reducedMotion: 'reduce',
    })
    try {
      const page = await context.newPage()
      const trouble: string[] = []
      page.on('pageerror', (error) => trouble.push(error.message))
      page.on('console', (message) => message.type() === 'error' && trouble.push(message.text()))
      await page.goto(site.origin + CHAPTER)
      const result = await work(page)
      expect(trouble).toEqual([])
      return result
    } finally {
      await context.close()
    }
  }

  async function live(page: Page, id: string): Promise<Locator> {
    const pane = page.locator(`#fig-example-${id}`)
    await pane.scrollIntoViewIfNeeded()
    await pane.locator('.pane:not(.waiting)').waitFor()
    await pane.locator('.pane').dispatchEvent('pointerenter')
    await pane.locator('svg.fig-live').waitFor()
    return pane
  }

  const button = (pane: Locator, name: string | RegExp) => pane.getByRole('button', { name, exact: true })
  const says = (pane: Locator, text: string) => pane.locator('.said', { hasText: text }).waitFor()

  it('a run with another module in place says so, links to both, and runs on with it when the reader acts', async () => {
    await withPage(async (page) => {
      const naive = await live(page, 'unreachable-fails')
      const line = naive.locator('.instead')
      expect(await line.innerText()).toMatch(
        /Not RocketMQ’s code\. This run has naive\/advertised-address\.ts in place of broker\/advertised-address\.ts: a broker registers/,
      )
      for (const href of await line
        .locator('a')
        .evaluateAll((all) => all.map((one) => (one as HTMLAnchorElement).href)))
        expect((await page.request.get(href)).status(), href).toBe(200)
      await button(naive, 'To the end').click()
      await naive.locator('.sums', { hasText: /asked 7\s*SEND_OK 0/ }).waitFor()
      await button(naive, 'To the beginning').click()
      await button(naive, 'Act').click()
      await button(naive, 'Kill consumer').or(button(naive, 'Kill broker-a')).first().click()
      await naive.locator('.branch').waitFor()
      await button(naive, 'Close').click()
      await button(naive, 'To the end').click()
      await naive.locator('.sums', { hasText: /asked 7\s*SEND_OK 0/ }).waitFor()
      const cured = await live(page, 'journey-whole')
      await button(cured, 'To the end').click()
      await cured.locator('.sums', { hasText: /asked 7\s*SEND_OK 7/ }).waitFor()
      expect(await cured.locator('.branch').count()).toBe(0)
    })
  })

  it('a node is paused and let go by its letter, and the picture shows it', async () => {
    await withPage(async (page) => {
      const pane = await live(page, 'journey-kept')
      await button(pane, 'To the end').click()
      await button(pane, 'Act').click()
      await pane.locator('.inspector').getByRole('button', { name: 'broker-a', exact: true }).click()
      await pane.locator('.inspector [data-key=p]').focus()
      await page.keyboard.press('p')
      await says(pane, 'broker-a stands still')
      await pane.locator('svg.fig-live .fault-text', { hasText: 'paused' }).waitFor()
      await pane.locator('.branch', { hasText: 'pause broker-a at' }).waitFor()
      await button(pane, 'Resume broker-a').waitFor()
      await page.keyboard.press('p')
      await says(pane, 'The process goes on')
      await pane.locator('svg.fig-live .fault-text').waitFor({ state: 'detached' })
    })
  })

  it('the menu of a broker slows its disk, and the menu of the shop sends a large order', async () => {
    await withPage(async (page) => {
      const pane = await live(page, 'journey-kept')
      await button(pane, 'Act').click()
      await pane.locator('.inspector').getByRole('button', { name: 'broker-a', exact: true }).click()
      await button(pane, '+2 s a sync broker-a').click()
      await says(pane, 'Each sync of the disk of broker-a takes 2000 ms longer')
      await button(pane, 'Back').first().click()
      await pane.locator('.inspector').getByRole('button', { name: 'producer', exact: true }).click()
      await button(pane, /^16 KB order-/).click()
      await pane.locator('.branch', { hasText: 'with 16000 bytes at' }).waitFor()
    })
  })

  it('a task is ticked when the reader’s run has it, spoken, and remembered', async () => {
    await withPage(async (page) => {
      const pane = await live(page, 'journey-whole')
      const task = pane.locator('[data-task=lose]')
      expect(await task.innerText()).toContain('In this run: 0 lost.')
      await button(pane, 'Act').click()
      await button(pane, 'Kill producer').or(button(pane, 'Kill broker-a')).first().waitFor()
      await button(pane, 'Close').click()
      await button(pane, 'Step').click()
      await button(pane, 'Step').click()
      await button(pane, 'Act').click()
      await button(pane, 'Kill consumer').click()
      await pane.locator('[data-task=lose].done').waitFor()
      await pane.locator('[aria-live]', { hasText: /Done: Make the billing miss|lost/ }).waitFor({ state: 'attached' })
      expect(await task.innerText()).toMatch(/Done in this run\. In this run: [1-7] lost\./)
      await page.reload()
      const again = await live(page, 'journey-whole')
      await again.locator('[data-task=lose].done').waitFor()
      expect(await again.locator('[data-task=lose]').innerText()).toContain('You have done it.')
    })
  })

  it('predictions of every kind are answered by the run, by keyboard alone', async () => {
    await withPage(async (page) => {
      const form = (id: string) => page.locator(`gmq-predict[data-prediction*="${id}"]`)
      const status = (id: string, text: RegExp) => form(id).locator('[role=status]', { hasText: text }).waitFor()
      await form('predict-choice').getByRole('button', { name: 'Show what happens' }).press('Enter')
      await status('predict-choice', /Make a guess first/)
      await form('predict-choice').getByLabel('No, only after it has asked.').press('Space')
      await form('predict-choice').getByRole('button', { name: 'Show what happens' }).press('Enter')
      await status('predict-choice', /It was not so\. Yes, long before\./)
      await form('predict-choice').locator('.because', { hasText: 'The broker waits for nobody.' }).waitFor()
      await form('predict-choice').getByRole('link', { name: 'See it in the run.' }).click()
      await says(await live(page, 'journey-kept'), 'appends order-1')

      await form('predict-number').locator('input').fill('1')
      await page.keyboard.press('Enter')
      await status('predict-number', /As it was\. 1 times\./)

      await form('predict-node').getByLabel('broker-a').press('Space')
      await form('predict-node').getByRole('button', { name: 'Show what happens' }).press('Enter')
      await status('predict-node', /(As it was|It was not so)\. broker-[ab]\./)

      const order = form('predict-order')
      for (let i = 0; i < 2; i++) await order.getByRole('button', { name: 'Earlier: send() returns' }).press('Enter')
      for (let i = 0; i < 2; i++)
        await order.getByRole('button', { name: 'Earlier: the broker appends order-1' }).press('Enter')
      await order.getByRole('button', { name: 'Show what happens' }).press('Enter')
      await status('predict-order', /As it was\. the broker appends order-1, then send\(\) returns, then the billing/)

      const curve = form('predict-curve')
      await curve.locator('[data-point="0"]').focus()
      for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowUp')
      expect(Number(await curve.locator('[data-point="0"]').inputValue())).toBeCloseTo(0.75, 5)
      await curve.getByRole('button', { name: 'Show what happens' }).press('Enter')
      await status('predict-curve', /The solid line is what happened/)
      expect((await curve.locator('.truth').getAttribute('d'))!.length).toBeGreaterThan(50)
      await page.reload()
      await page.waitForFunction(
        () => document.querySelector<HTMLInputElement>('gmq-predict input[type=number]')?.value === '1',
      )
    })
  })

  it('a curve is drawn with the pointer', async () => {
    await withPage(async (page) => {
      const draw = page.locator('gmq-predict .draw')
      await draw.scrollIntoViewIfNeeded()
      await draw.hover()
      await page.locator('gmq-predict[data-ready]').waitFor()
      const box = (await draw.boundingBox())!
      await page.mouse.move(box.x + 10, box.y + box.height - 10)
      await page.mouse.down()
      await page.mouse.move(box.x + box.width - 10, box.y + 10, { steps: 24 })
      await page.mouse.up()
      const values = await draw
        .locator('[data-point]')
        .evaluateAll((all) => all.map((one) => Number((one as HTMLInputElement).value)))
      expect([...values].sort((a, b) => a - b)).toEqual(values)
      expect(values.at(-1)).toBeGreaterThan(values[0]!)
    })
  })

  it('a prediction asks the run that the reader has made', async () => {
    await withPage(async (page) => {
      const pane = await live(page, 'journey-waits')
      await button(pane, 'Act').click()
      await button(pane, 'Kill consumer').click()
      await pane.locator('.branch').waitFor()
      const form = page.locator('gmq-predict[data-prediction*="predict-number"]')
      await form.locator('input').fill('1')
      await page.keyboard.press('Enter')
      await form.locator('[role=status]', { hasText: 'It was not so. In your run: 0 times.' }).waitFor()
    })
  })

  it.each([1280, 390])(
    'at %i px a door has a way back: to the place in the text and to the moment in the pane',
    async (width) => {
      await withPage(async (page) => {
        const waits = await live(page, 'journey-waits')
        await button(waits, 'Step').click()
        const stood = await waits.locator('.said').innerText()
        const door = page.locator('a.gmq-door', { hasText: 'a pull is woken' })
        await door.scrollIntoViewIfNeeded()
        const before = await page.evaluate(() => scrollY)
        await door.click()
        await says(waits, 'wakes the pull')
        await button(waits, /Back$/).first().click()
        await waits.locator('.said', { hasText: stood.split('\n').at(-1)! }).waitFor()
        expect(Math.abs((await page.evaluate(() => scrollY)) - before)).toBeLessThan(3)
        expect(await door.evaluate((link) => link === document.activeElement)).toBe(true)
        expect(await waits.getByRole('button', { name: /↩/ }).count()).toBe(0)
      }, width)
    },
  )

  it('has no serious barrier with the menu, a prediction and a task in sight', async () => {
    await withPage(async (page) => {
      const pane = await live(page, 'journey-kept')
      await button(pane, 'To the end').click()
      await button(pane, 'Act').click()
      await pane.locator('.inspector').getByRole('button', { name: 'broker-a', exact: true }).click()
      await pane.locator('.inspector .more').first().waitFor()
      expect(await seriousBarriers(page, 'main')).toEqual([])
    }, 1441)
  })
})
