/** What a learner is told when WebContainer does not start, and how soon: each way it can fail, against the stand-in. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { REAL_BOOT_MS, SHORT, start, Visits } from '../../labs/webcontainer-host/visits.ts'
import { browserMissing } from '../../support/browser.ts'

describe.skipIf(browserMissing() !== '')('a WebContainer that does not start', () => {
  let visits: Visits

  beforeAll(async () => {
    visits = await Visits.open()
  })
  afterAll(() => visits.close())

  afterEach(() => visits.leave())

  it('says that the host cannot be reached, and offers a way on', async () => {
    const visited = await visits.begin()
    await visited.standIn.close()
    const started = await start(visited, SHORT)
    expect(started).toMatchObject({ code: 'frame-unreachable', next: ['reload', 'run-in-page'] })
    expect(started.text).toBe('stackblitz.com cannot be reached: network, proxy or firewall.')
    expect(started.steps).toContain('Starting…')
  })

  it.each(['silent', 'missing', 'forbidden'] as const)(
    'says that it did not start when its frame is %s',
    async (frame) => {
      const visited = await visits.begin({}, { frame })
      const started = await start(visited, SHORT)
      expect(started).toMatchObject({ code: 'frame-silent', next: ['reload', 'run-in-page', 'doctor'] })
      expect(started.text).toMatch(/answered but WebContainer did not start/)
      expect(started.steps).toContain('Slower than usual…')
    },
  )

  it('says that the host cannot be reached when it takes the connection and is silent', async () => {
    const visited = await visits.begin({}, { frame: 'hangs' })
    expect(await start(visited, SHORT)).toMatchObject({ code: 'frame-unreachable' })
  })

  it('names the headers at once when the browser refuses the frame for them', async () => {
    const visited = await visits.begin({ coep: 'require-corp' }, { frame: 'no-coep' })
    const started = await start(visited, {}, 'require-corp')
    expect(started).toMatchObject({ code: 'frame-coep', next: ['run-in-page', 'doctor'] })
    expect(started.tookMs).toBeLessThan(REAL_BOOT_MS / 3)
  })

  it('names the policy at once when the site itself blocks the frame', async () => {
    const visited = await visits.begin({ policy: "frame-src 'none'" })
    const started = await start(visited)
    expect(started).toMatchObject({ code: 'frame-csp', next: ['run-in-page', 'site-owners'] })
    expect(started.tookMs).toBeLessThan(REAL_BOOT_MS / 3)
  })

  it('says what is missing when the page is not isolated, and asks nobody', async () => {
    const visited = await visits.begin({ coep: '' })
    const started = await start(visited)
    expect(started).toMatchObject({ code: 'not-isolated', next: ['run-in-page', 'site-owners'], steps: [] })
    expect(await visited.page.locator('iframe').count()).toBe(0)
  })

  it('never boots a second time: after a failure it says the same at once', async () => {
    const visited = await visits.begin({}, { frame: 'silent' })
    const first = await start(visited, SHORT)
    const second = await start(visited)
    expect(second).toMatchObject({ code: first.code, text: first.text })
    expect(await visited.page.locator('iframe').count()).toBe(1)
  })

  it('settles within its real limits', async () => {
    const visited = await visits.begin({}, { frame: 'silent' })
    const started = await start(visited)
    expect(started.code).toBe('frame-silent')
    expect(started.tookMs).toBeGreaterThanOrEqual(REAL_BOOT_MS)
  })
})
