/**
 * The `webcontainer` runtime with the genuine client library in Chromium, against the stand-in of `test/labs/webcontainer-host`.
 *
 * What the real service does beyond that is not known here: the doctor page measures it.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { CONFORMANCE } from '../../labs/runtimes/conformance.ts'
import { CLIENT_VERSION } from '../../labs/webcontainer-host/stand-in.ts'
import { REAL_BOOT_MS, runCase, SHORT, start, type Visit, Visits } from '../../labs/webcontainer-host/visits.ts'
import { browserMissing } from '../../support/browser.ts'

describe.skipIf(browserMissing() !== '')('labs in a WebContainer', () => {
  let visits: Visits

  beforeAll(async () => {
    visits = await Visits.open()
  })
  afterAll(() => visits.close())

  it('is tested with the client version that is installed', () => {
    const about = fileURLToPath(new URL('../../../node_modules/@webcontainer/api/package.json', import.meta.url))
    expect(JSON.parse(readFileSync(about, 'utf8'))).toMatchObject({ version: CLIENT_VERSION })
  })

  describe('as a learner uses it', () => {
    let visit: Visit

    beforeAll(async () => {
      visit = await visits.begin()
      const started = await start(visit)
      expect(started).toMatchObject({ code: '', text: '', nodeVersion: process.version })
      expect(started.steps.length).toBeGreaterThanOrEqual(4)
    })
    afterAll(() => visits.leave())

    for (const [index, { title }] of CONFORMANCE.entries())
      it(title, async () => {
        expect(await runCase(visit, index)).toBe('')
      })

    it('keeps its container for the next lab on the page', async () => {
      await visit.page.evaluate(() => window.lab.dispose())
      expect(await start(visit)).toMatchObject({ code: '' })
      expect(await runCase(visit, 0)).toBe('')
    })
  })

  describe('when it is slow or odd', () => {
    afterEach(() => visits.leave())

    it('waits for a boot that takes its time', async () => {
      const visited = await visits.begin({}, { bootDelayMs: 800, warningFirst: true })
      expect(await start(visited, { ...SHORT, bootMs: REAL_BOOT_MS })).toMatchObject({ code: '' })
    })

    it('says that Node inside does not answer', async () => {
      const visited = await visits.begin({}, { unknownCommands: ['node'] })
      expect(await start(visited)).toMatchObject({ code: 'probe', next: ['reload', 'run-in-page'] })
    })

    it.each([{ exitNeverTold: true }, { quietKill: true }] as const)(
      'restarts a broker whose end nobody confirms: %o',
      async (quirks) => {
        const visited = await visits.begin({}, quirks)
        expect(await start(visited)).toMatchObject({ code: '' })
        expect(await runCase(visited, 2)).toBe('')
        const { how, printed } = await visited.page.evaluate(() => window.lab.killAndRestart())
        expect(how).toBe('lost')
        expect(printed.match(/true$/gm)).toHaveLength(2)
      },
    )

    it.each([
      { splitsOutput: false, isTerminal: false },
      { outputNeverEnds: false, seed: 7 },
    ] as const)('works with %o', async (quirks) => {
      const visited = await visits.begin({ coep: 'require-corp' }, quirks)
      expect(await start(visited, {}, 'require-corp')).toMatchObject({ code: '' })
      for (const index of [0, 2, 4]) expect(await runCase(visited, index), CONFORMANCE[index]!.title).toBe('')
    })
  })
})
