/** The doctor page in Chromium: it examines the browser against the stand-in, and the record says so. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DoctorRecord } from '../../../site/pages/help/_doctor.ts'
import { type Mirror, mirrorSite } from '../../labs/webcontainer-host/site-mirror.ts'
import { CLIENT_VERSION, startStandIn } from '../../labs/webcontainer-host/stand-in.ts'
import { browserMissing, openSite, type Site } from '../../support/browser.ts'

describe.skipIf(browserMissing() !== '')('the doctor page', () => {
  let site: Site
  let mirror: Mirror

  beforeAll(async () => {
    site = await openSite()
    mirror = await mirrorSite(site.origin)
  })
  afterAll(async () => {
    await mirror.close()
    await site.close()
  })

  /** Examines the browser and returns the record that a reader would copy. */
  async function examine(frameAt: string): Promise<DoctorRecord> {
    const context = await site.browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] })
    const doctor = await context.newPage()
    await doctor.addInitScript((origin) => {
      Object.assign(globalThis, { WEBCONTAINER_API_IFRAME_URL: origin })
    }, frameAt)
    await doctor.goto(`${mirror.origin}/help/doctor/`)
    await doctor.getByRole('button', { name: 'Examine this browser' }).click()
    const copy = doctor.getByRole('button', { name: 'Copy the record' })
    await doctor.waitForFunction(() => !document.querySelector<HTMLButtonElement>('[data-do="copy"]')!.disabled)
    await copy.click()
    await doctor.getByText('The record is in your clipboard.').waitFor()
    const record = await doctor.evaluate(() => navigator.clipboard.readText())
    await context.close()
    return JSON.parse(record) as DoctorRecord
  }

  it('completes on the stand-in, and its record says that it was one', async () => {
    const host = await startStandIn({ pageOrigin: mirror.origin })
    mirror.standInOrigin = host.origin
    const record = await examine(host.origin)
    await host.close()
    expect(record).toMatchObject({
      format: 'glassmq-doctor',
      isStandIn: true,
      client: `@webcontainer/api ${CLIENT_VERSION}`,
    })
    expect(record.findings.filter(({ outcome }) => outcome !== 'yes')).toEqual([])
  })

  it('completes when WebContainer does not start, and says what did not run', async () => {
    mirror.standInOrigin = ''
    const record = await examine('http://127.0.0.1:9')
    const outcomes = Object.fromEntries(record.findings.map(({ id, outcome }) => [id, outcome]))
    expect(outcomes).toMatchObject({ page: 'yes', drafts: 'yes', isolated: 'yes', boot: 'no', mount: 'not run' })
    expect(record.findings.find(({ id }) => id === 'boot')?.seen).toMatch(/own policy blocks the frame/)
  })
})
