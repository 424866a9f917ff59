/**
 * The `webcontainer` runtime with the genuine client library in Chromium, against the stand-in of `test/webcontainer-host`.
 *
 * What the real service does beyond that is not known here: the doctor page measures it.
 */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { lab } from '../../labs/lost-address/lab.ts'
import type { BootLimits } from '../../labs/runtime/boot-ladder.ts'
import { answerFiles } from '../../labs/runtime/lab-files.ts'
import type { DoctorRecord } from '../../site/pages/help/_doctor.ts'
import { CONFORMANCE } from '../runtimes/conformance.ts'
import { browserMissing, launchBrowser, openSite, type Site } from '../support/browser.ts'
import type { Started } from '../webcontainer-host/page-entry.ts'
import { type PageServer, type PageSettings, servePage } from '../webcontainer-host/page-server.ts'
import type { Quirks } from '../webcontainer-host/quirks.ts'
import { type Mirror, mirrorSite } from '../webcontainer-host/site-mirror.ts'
import { CLIENT_VERSION, type StandIn, startStandIn } from '../webcontainer-host/stand-in.ts'

const files = (answer: string) => [...answerFiles(lab, answer)]
/** The ladder with short patience; its order and its texts stay. */
const SHORT: Partial<BootLimits> = { silentMs: 500, reachMs: 500, bootMs: 2_000, sayStartingMs: 100, saySlowMs: 300 }
const REAL_BOOT_MS = 30_000

let browser: Browser
let server: PageServer
let standIn: StandIn | undefined
let page: Page | undefined

async function visit(
  settings: Partial<PageSettings> = {},
  quirks: Partial<Quirks> = {},
): Promise<{ page: Page; standIn: StandIn }> {
  standIn = await startStandIn({ pageOrigin: server.origin, quirks })
  const usual: PageSettings = { coep: 'credentialless', policy: '', standInOrigin: standIn.origin }
  Object.assign(server.settings, usual, settings)
  page = await browser.newPage()
  await page.goto(`${server.origin}/`)
  await page.waitForFunction(() => 'lab' in window)
  return { page, standIn }
}

const start = (
  on: Page,
  limits: Partial<BootLimits> = {},
  coep: 'credentialless' | 'require-corp' = 'credentialless',
) => on.evaluate((options) => window.lab.start(options), { limits, coep }) as Promise<Started>

async function leave(): Promise<void> {
  await page?.close()
  const folders = standIn?.folders() ?? []
  await standIn?.close()
  page = undefined
  standIn = undefined
  expect(
    folders.filter((folder) => existsSync(folder)),
    'directories left behind',
  ).toEqual([])
}

describe.skipIf(browserMissing() !== '')('labs in a WebContainer', () => {
  beforeAll(async () => {
    browser = await launchBrowser()
    server = await servePage()
  })
  afterAll(async () => {
    await browser.close()
    await server.close()
  })

  it('is tested with the client version that is installed', () => {
    const about = fileURLToPath(new URL('../../node_modules/@webcontainer/api/package.json', import.meta.url))
    expect(JSON.parse(readFileSync(about, 'utf8'))).toMatchObject({ version: CLIENT_VERSION })
  })

  describe('as a learner uses it', () => {
    beforeAll(async () => {
      await visit()
      const started = await start(page!)
      expect(started).toMatchObject({ code: '', text: '', nodeVersion: process.version })
      expect(started.steps.length).toBeGreaterThanOrEqual(4)
    })
    afterAll(leave)

    for (const [index, { title }] of CONFORMANCE.entries())
      it(title, async () => {
        const failure = await page!.evaluate(([at, starter, solution]) => window.lab.runCase(at, starter, solution), [
          index,
          files('starter'),
          files('solution'),
        ] as const)
        expect(failure).toBe('')
      })

    it('keeps its container for the next lab on the page', async () => {
      await page!.evaluate(() => window.lab.dispose())
      expect(await start(page!)).toMatchObject({ code: '' })
      const failure = await page!.evaluate(([starter, solution]) => window.lab.runCase(0, starter, solution), [
        files('starter'),
        files('solution'),
      ] as const)
      expect(failure).toBe('')
    })
  })

  describe('when it does not start', () => {
    afterEach(leave)

    it('says that the host cannot be reached, and offers a way on', async () => {
      const visited = await visit()
      await visited.standIn.close()
      const started = await start(visited.page, SHORT)
      expect(started).toMatchObject({ code: 'frame-unreachable', next: ['reload', 'run-in-page'] })
      expect(started.text).toBe('stackblitz.com cannot be reached: network, proxy or firewall.')
      expect(started.steps).toContain('Starting…')
    })

    it.each(['silent', 'missing', 'forbidden'] as const)(
      'says that it did not start when its frame is %s',
      async (frame) => {
        const visited = await visit({}, { frame })
        const started = await start(visited.page, SHORT)
        expect(started).toMatchObject({ code: 'frame-silent', next: ['reload', 'run-in-page', 'doctor'] })
        expect(started.text).toMatch(/answered but WebContainer did not start/)
        expect(started.steps).toContain('Slower than usual…')
      },
    )

    it('says that the host cannot be reached when it takes the connection and is silent', async () => {
      const visited = await visit({}, { frame: 'hangs' })
      expect(await start(visited.page, SHORT)).toMatchObject({ code: 'frame-unreachable' })
    })

    it('names the headers at once when the browser refuses the frame for them', async () => {
      const visited = await visit({ coep: 'require-corp' }, { frame: 'no-coep' })
      const started = await start(visited.page, {}, 'require-corp')
      expect(started).toMatchObject({ code: 'frame-coep', next: ['run-in-page', 'doctor'] })
      expect(started.tookMs).toBeLessThan(REAL_BOOT_MS / 3)
    })

    it('names the policy at once when the site itself blocks the frame', async () => {
      const visited = await visit({ policy: "frame-src 'none'" })
      const started = await start(visited.page)
      expect(started).toMatchObject({ code: 'frame-csp', next: ['run-in-page', 'site-owners'] })
      expect(started.tookMs).toBeLessThan(REAL_BOOT_MS / 3)
    })

    it('says what is missing when the page is not isolated, and asks nobody', async () => {
      const visited = await visit({ coep: '' })
      const started = await start(visited.page)
      expect(started).toMatchObject({ code: 'not-isolated', next: ['run-in-page', 'site-owners'], steps: [] })
      expect(await visited.page.locator('iframe').count()).toBe(0)
    })

    it('never boots a second time: after a failure it says the same at once', async () => {
      const visited = await visit({}, { frame: 'silent' })
      const first = await start(visited.page, SHORT)
      const second = await start(visited.page)
      expect(second).toMatchObject({ code: first.code, text: first.text })
      expect(await visited.page.locator('iframe').count()).toBe(1)
    })

    it('settles within its real limits', async () => {
      const visited = await visit({}, { frame: 'silent' })
      const started = await start(visited.page)
      expect(started.code).toBe('frame-silent')
      expect(started.tookMs).toBeGreaterThanOrEqual(REAL_BOOT_MS)
    })
  })

  describe('when it is slow or odd', () => {
    afterEach(leave)

    it('waits for a boot that takes its time', async () => {
      const visited = await visit({}, { bootDelayMs: 800, warningFirst: true })
      expect(await start(visited.page, { ...SHORT, bootMs: REAL_BOOT_MS })).toMatchObject({ code: '' })
    })

    it('says that Node inside does not answer', async () => {
      const visited = await visit({}, { unknownCommands: ['node'] })
      expect(await start(visited.page)).toMatchObject({ code: 'probe', next: ['reload', 'run-in-page'] })
    })

    it.each([{ exitNeverTold: true }, { quietKill: true }] as const)(
      'restarts a broker whose end nobody confirms: %o',
      async (quirks) => {
        const visited = await visit({}, quirks)
        expect(await start(visited.page)).toMatchObject({ code: '' })
        const failure = await visited.page.evaluate(
          ([at, starter, solution]) => window.lab.runCase(at, starter, solution),
          [2, files('starter'), files('solution')] as const,
        )
        expect(failure).toBe('')
        const { how, printed } = await visited.page.evaluate(() => window.lab.killAndRestart())
        expect(how).toBe('lost')
        expect(printed.match(/true$/gm)).toHaveLength(2)
      },
    )

    it.each([{ splitsOutput: false }, { isTerminal: false }, { outputNeverEnds: false }, { seed: 7 }] as const)(
      'works with %o',
      async (quirks) => {
        const visited = await visit({ coep: 'require-corp' }, quirks)
        expect(await start(visited.page, {}, 'require-corp')).toMatchObject({ code: '' })
        for (const index of [0, 2, 4]) {
          const failure = await visited.page.evaluate(
            ([at, starter, solution]) => window.lab.runCase(at, starter, solution),
            [index, files('starter'), files('solution')] as const,
          )
          expect(failure, CONFORMANCE[index]!.title).toBe('')
        }
      },
    )
  })
})

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
