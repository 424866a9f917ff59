/** All labs judged in a worker of Chromium, Firefox and WebKit: one line for each that is installed, as `engines-worker.ts` prints it. */
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build } from 'esbuild'
import { LABS } from '../../labs/find.ts'
import { moduleMap } from '../../labs/program/module-map.ts'
import { answerFiles } from '../../labs/runtime/lab-files.ts'
import type { Engine } from '../site/engines/engine.ts'
import { firefox } from '../site/engines/firefox.ts'
import { webkit } from '../site/engines/webkit.ts'
import { browserMissing, launchBrowser } from '../support/browser.ts'
import { ROOT } from '../support/stages.ts'
import type { EnginesData } from './engines-in-page.ts'
import { plannedIn } from './engines-judge.ts'

const JUDGE_MS_MAX = 30 * 60_000
const LOOK_EVERY_MS = 500
const PAGE = `<!doctype html><meta charset="utf-8"><title>engines</title><script>
window.lines = []
const worker = new Worker('/worker.js', { type: 'module' })
worker.onmessage = ({ data }) => window.lines.push(data)
worker.onerror = ({ message }) => window.lines.push('done 0 ' + message)
</script>`

const chromium: Engine = {
  name: 'Chromium',
  missing: browserMissing(),
  async open() {
    const browser = await launchBrowser()
    const page = await browser.newPage()
    return {
      goto: async (url) => void (await page.goto(url)),
      evaluate: <T>(expression: string) => page.evaluate(expression) as Promise<T>,
      click: (selector) => page.click(selector),
      press: (key) => page.keyboard.press(key),
      close: () => browser.close(),
    }
  },
}

/** What an engine said: its name, how many runs, and the hash or what went wrong. Or why it was not asked. */
export interface BrowserSaid {
  readonly name: string
  readonly missing: string
  readonly runs: number
  readonly sha256: string
}

/** Asks each browser in turn. `say` hears of each lab. */
export async function judgeInBrowsers(say: (line: string) => void): Promise<readonly BrowserSaid[]> {
  const server = await serve()
  try {
    const said: BrowserSaid[] = []
    for (const engine of [chromium, firefox, webkit])
      said.push(
        engine.missing === ''
          ? await judgedBy(engine, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, say)
          : { name: engine.name, missing: engine.missing, runs: 0, sha256: '' },
      )
    return said
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

async function judgedBy({ name, open }: Engine, url: string, say: (line: string) => void): Promise<BrowserSaid> {
  const page = await open()
  try {
    await page.goto(url)
    let told = 0
    for (let waitedMs = 0; waitedMs < JUDGE_MS_MAX; waitedMs += LOOK_EVERY_MS) {
      const lines = await page.evaluate<string[]>('window.lines')
      for (const line of lines.slice(told)) say(`${name} ${line}`)
      told = lines.length
      const [done, runs, ...rest] = lines.at(-1)?.split(' ') ?? []
      if (done === 'done') return { name, missing: '', runs: Number(runs), sha256: rest.join(' ') }
      await new Promise((looked) => setTimeout(looked, LOOK_EVERY_MS))
    }
    return { name, missing: '', runs: 0, sha256: `not done within ${JUDGE_MS_MAX / 60_000} minutes` }
  } finally {
    await page.close()
  }
}

async function serve(): Promise<Server> {
  const answers = Object.fromEntries(
    LABS.map((lab) => {
      const names = [...new Set(plannedIn(lab).map(([answer]) => answer))]
      return [lab.id, Object.fromEntries(names.map((name) => [name, Object.fromEntries(answerFiles(lab, name))]))]
    }),
  )
  const data: EnginesData = { modules: moduleMap(), answers }
  const wasm = createRequire(import.meta.url).resolve('@jitl/quickjs-wasmfile-release-sync/wasm')
  const files: Readonly<Record<string, readonly [type: string, content: string | Uint8Array]>> = {
    '/': ['text/html', PAGE],
    '/worker.js': ['text/javascript', await workerCode()],
    '/data.json': ['application/json', JSON.stringify(data)],
    '/quickjs.wasm': ['application/wasm', readFileSync(wasm)],
  }
  const server = createServer(({ url = '' }, response) => {
    const [type, content] = files[url] ?? []
    response.writeHead(content === undefined ? 404 : 200, { 'content-type': type ?? 'text/plain' }).end(content)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return server
}

async function workerCode(): Promise<string> {
  const imports = LABS.map(({ id }, i) => `import { lab as lab${i} } from './labs/${id}/lab.ts'`)
  const contents = [
    ...imports,
    `import { judgeInWorker } from './test/bench/engines-in-page.ts'`,
    `await judgeInWorker([${LABS.map((_, i) => `lab${i}`).join(', ')}])`,
  ].join('\n')
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: join(ROOT), loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    external: ['node:module'],
    logLevel: 'silent',
  })
  return outputFiles[0]!.text
}
