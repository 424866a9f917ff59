/**
 * Visits to the page that boots a lab with the genuine client library, in Chromium, against the stand-in: one browser and
 * one page server for a test file, a page and a stand-in for each visit.
 */
import { existsSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { lab } from '../../../labs/lost-address/lab.ts'
import { answerFiles } from '../../../labs/runtime/lab-files.ts'
import type { BootLimits } from '../../../labs/runtime/webcontainer/boot-ladder.ts'
import { launchBrowser } from '../../support/browser.ts'
import type { Started } from './page-entry.ts'
import { type PageServer, type PageSettings, servePage } from './page-server.ts'
import type { Quirks } from './quirks.ts'
import { type StandIn, startStandIn } from './stand-in.ts'

/** The ladder with short patience; its order and its texts stay. */
export const SHORT: Partial<BootLimits> = {
  silentMs: 500,
  reachMs: 500,
  bootMs: 2_000,
  sayStartingMs: 100,
  saySlowMs: 300,
}
/** How long a boot may really take before it is called silent. */
export const REAL_BOOT_MS = 30_000

/** One open page and the stand-in it was told to boot from. */
export interface Visit {
  readonly page: Page
  readonly standIn: StandIn
}

/** Boots the lab of a visit's page; what it came to, and what it said on the way. */
export function start(
  { page }: Visit,
  limits: Partial<BootLimits> = {},
  coep: 'credentialless' | 'require-corp' = 'credentialless',
): Promise<Started> {
  return page.evaluate((options) => window.lab.start(options), { limits, coep }) as Promise<Started>
}

/** Runs one case of the runtimes' conformance suite in the page; what failed, or ''. */
export function runCase({ page }: Visit, index: number): Promise<string> {
  const files = (answer: string) => [...answerFiles(lab, answer)]
  const all = [index, files('starter'), files('solution')] as const
  return page.evaluate(([at, starter, solution]) => window.lab.runCase(at, starter, solution), all)
}

/** The visits of one test file. */
export class Visits {
  readonly #browser: Browser
  readonly #server: PageServer
  #visit: Visit | undefined

  private constructor(browser: Browser, server: PageServer) {
    this.#browser = browser
    this.#server = server
  }

  /** Starts the browser and the page's server. */
  static async open(): Promise<Visits> {
    return new Visits(await launchBrowser(), await servePage())
  }

  /** Opens the page; ended by `leave`. */
  async begin(settings: Partial<PageSettings> = {}, quirks: Partial<Quirks> = {}): Promise<Visit> {
    const standIn = await startStandIn({ pageOrigin: this.#server.origin, quirks })
    const usual: PageSettings = { coep: 'credentialless', policy: '', standInOrigin: standIn.origin }
    Object.assign(this.#server.settings, usual, settings)
    const page = await this.#browser.newPage()
    this.#visit = { page, standIn }
    await page.goto(`${this.#server.origin}/`)
    await page.waitForFunction(() => 'lab' in window)
    return this.#visit
  }

  /**
   * Closes the page and its stand-in.
   *
   * @throws {Error} when a container's directory is left on the disk
   */
  async leave(): Promise<void> {
    const visit = this.#visit
    this.#visit = undefined
    if (visit === undefined) return
    await visit.page.close()
    const folders = visit.standIn.folders()
    await visit.standIn.close()
    const left = folders.filter((folder) => existsSync(folder))
    if (left.length > 0) throw new Error(`directories left behind: ${left.join(', ')}`)
  }

  async close(): Promise<void> {
    await this.#browser.close()
    await this.#server.close()
  }
}
