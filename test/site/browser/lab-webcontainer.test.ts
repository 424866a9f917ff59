/**
 * Lab 1 in the workbench with real Node processes: the genuine client against the stand-in, and what a learner sees when
 * WebContainer cannot be reached.
 */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lab } from '../../../labs/lost-address/lab.ts'
import { answerFiles } from '../../../labs/runtime/lab-files.ts'
import { type Mirror, mirrorSite } from '../../labs/webcontainer-host/site-mirror.ts'
import { startStandIn } from '../../labs/webcontainer-host/stand-in.ts'
import { browserMissing, openSite, type Site } from '../../support/browser.ts'
import { DEMO } from '../../support/lost-address.ts'
import { typeFile } from '../../support/workbench.ts'

const missing = browserMissing()
const PATH = `/labs/${lab.id}/`

describe.skipIf(missing !== '')(
  `the workbench over a WebContainer${missing === '' ? '' : ` (skipped: ${missing})`}`,
  () => {
    let site: Site
    let mirror: Mirror
    beforeAll(async () => {
      site = await openSite()
      mirror = await mirrorSite(site.origin)
    })
    afterAll(async () => {
      await mirror?.close()
      await site?.close()
    })

    async function openWith(frameAt: string, query: string): Promise<Page> {
      const page = await site.browser.newPage({ viewport: { width: 1440, height: 900 } })
      await page.addInitScript((origin) => Object.assign(globalThis, { WEBCONTAINER_API_IFRAME_URL: origin }), frameAt)
      await page.goto(`${mirror.origin}${PATH}${query}`)
      return page
    }

    it('one click leads to real processes; the same files, console and checks', async () => {
      const standIn = await startStandIn({ pageOrigin: mirror.origin })
      mirror.standInOrigin = standIn.origin
      try {
        const page = await openWith(standIn.origin, '')
        await page.locator('.bench[data-boot=ready]').waitFor()
        for (const [path, text] of answerFiles(lab, 'solution')) await typeFile(page, path, text)
        await page.locator('.runtime label', { hasText: 'WebContainer' }).click()
        await page.locator('.bench[data-boot=starting]').waitFor()
        await page.locator('.bench[data-boot=ready]').waitFor({ timeout: 60_000 })
        expect(await page.locator('.runtime input:checked').inputValue()).toBe('webcontainer')
        await page.locator('.words', { hasText: 'running' }).waitFor({ timeout: 60_000 })
        await page.locator('#console-input').fill('clusterList')
        await page.keyboard.press('Enter')
        await page.locator('.answers pre.answer', { hasText: DEMO.b.brokerName }).first().waitFor({ timeout: 30_000 })
        await page.locator('button.check').click()
        await page.locator('.score', { hasText: /^5 of 5 passed$/ }).waitFor({ timeout: 240_000 })
        await page.close()
      } finally {
        mirror.standInOrigin = ''
        await standIn.close()
      }
    }, 300_000)

    it('a host that refuses is explained, and the page runs the lab all the same', async () => {
      const refused = 'http://127.0.0.1:9' // nobody listens on the discard port
      mirror.standInOrigin = refused
      try {
        const page = await openWith(refused, '?runtime=webcontainer')
        const notice = page.locator('.notice')
        await notice.waitFor({ timeout: 40_000 })
        expect(await notice.textContent()).toMatch(/cannot be reached: network, proxy or firewall/)
        await notice.getByRole('button', { name: /this page/i }).click()
        await page.locator('.bench[data-boot=ready]').waitFor()
        await page.locator('button.check').click()
        await page.locator('.score', { hasText: /^0 of 5 passed$/ }).waitFor()
        await page.close()
      } finally {
        mirror.standInOrigin = ''
      }
    })
  },
)
