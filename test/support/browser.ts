/**
 * A browser for tests, and the built book for it to look at.
 *
 * Looked for in this order: `CHROMIUM`; Chromium's headless shell, which draws the same pages without the window around them
 * and takes less than half the time; Chromium and Chrome in their usual places; Playwright's own. On a Debian machine as root
 * the headless shell is installed where it is missing, with a line that says so. Without any browser `findBrowser` returns a
 * reason, and the tests are skipped under that name.
 *
 * Not here: other engines. What Firefox and WebKit do differently is checked where they are installed.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import { basePath, HOST } from '../../site/config.ts'
import { DIST, ensureBuilt } from '../../site/lib/build.ts'
import { createStaticServer } from '../../site/lib/static-server.ts'
import { exampleBuild } from './example-tree.ts'

const SHELL = '/usr/bin/chromium-headless-shell'
const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/** Longest wait of a page for one thing. */
const WAIT_MAX_MS = 120_000

/** No GPU, no background traffic: only what the page under test does. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Where a browser is, or why there is none. */
export type FoundBrowser = { readonly path: string } | { readonly missing: string }

let found: FoundBrowser | undefined

/** Finds a browser once; installs one where that is allowed. */
export function findBrowser(): FoundBrowser {
  found ??= look()
  return found
}

/** For `describe.skipIf`: the reason to skip, or '' when there is a browser. */
export function browserMissing(): string {
  const browser = findBrowser()
  return 'missing' in browser ? browser.missing : ''
}

/** Starts the browser that was found; the caller closes it. */
export async function launchBrowser(): Promise<Browser> {
  const browser = findBrowser()
  if ('missing' in browser) throw new Error(browser.missing)
  return patient(await chromium.launch({ executablePath: browser.path, args: FLAGS }))
}

/** Lets every page of a browser wait as long as a test may take: limits guard against a hang, not against a slow machine. */
function patient(browser: Browser): Browser {
  const [newContext, newPage] = [browser.newContext.bind(browser), browser.newPage.bind(browser)]
  browser.newContext = async (options) => {
    const context = await newContext(options)
    context.setDefaultTimeout(WAIT_MAX_MS)
    return context
  }
  browser.newPage = async (options) => {
    const page = await newPage(options)
    page.setDefaultTimeout(WAIT_MAX_MS)
    return page
  }
  return browser
}

/** A served book and a browser. */
export interface Site {
  readonly browser: Browser
  /** Such as `http://127.0.0.1:40123`. */
  readonly origin: string
  close(): Promise<void>
}

/** Builds the book if it is not fresh, serves it on a free port and starts a browser; the caller closes both. */
export async function openSite(): Promise<Site> {
  await ensureBuilt((line) => console.log(line))
  return serve(DIST)
}

/** The same with the example chapter in the book (`/chapters/example/`): for tests of the kit and the shell. */
export async function openExampleSite(): Promise<Site> {
  return serve(await exampleBuild())
}

async function serve(folder: string): Promise<Site> {
  const server = createStaticServer(folder, basePath(process.env))
  const port = await new Promise<number>((done, fail) => {
    server.once('error', fail)
    server.listen(0, HOST, () => {
      const address = server.address()
      done(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
  const browser = await launchBrowser()
  return {
    browser,
    origin: `http://${HOST}:${port}`,
    async close() {
      await browser.close()
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

/** Runs one piece of work with the served book and a browser, and closes both whatever happens. */
export async function withSite<T>(work: (site: Site) => Promise<T>): Promise<T> {
  const site = await openSite()
  try {
    return await work(site)
  } finally {
    await site.close()
  }
}

function look(): FoundBrowser {
  const named = process.env['CHROMIUM']
  if (named !== undefined && named !== '')
    return existsSync(named) ? { path: named } : { missing: `CHROMIUM names ${named}, and there is no such file` }
  if (existsSync(SHELL) || install('chromium-headless-shell')) return { path: SHELL }
  const usual = USUAL_PLACES.find((path) => existsSync(path))
  if (usual !== undefined) return { path: usual }
  const own = chromium.executablePath()
  if (own !== '' && existsSync(own)) return { path: own }
  if (install('chromium')) return { path: '/usr/bin/chromium' }
  return { missing: 'no Chromium found: install one, or name it in CHROMIUM' }
}

/** Installs a Debian package whose program has its name; says whether the program is there then. */
function install(name: string): boolean {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version') || !existsSync('/usr/bin/apt-get')) return false
  console.log(`Installing ${name} with apt-get, which takes a minute or two …`)
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (...args: string[]) =>
    spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env: environment }).status === 0
  const isThere =
    apt('update') && apt('install', '-y', '--no-install-recommends', name) && existsSync(`/usr/bin/${name}`)
  if (!isThere) console.log(`apt-get could not install ${name}.`)
  return isThere
}

/**
 * From now on the pages that match a pattern wait for the book's own fonts, however late they come on this machine: for tests of
 * what is drawn, which a stand-in would draw a little wider. Readers' pages do not wait.
 */
export async function withOwnFonts(page: Page, pattern: string): Promise<void> {
  await page.route(pattern, async (route) => {
    const response = await route.fetch()
    const body = (await response.text()).replaceAll('font-display:optional', 'font-display:block')
    await route.fulfill({ response, body })
  })
}
