/**
 * The `page` runtime in a real browser, on a bare page: verdicts equal Node's, learner code reaches nothing, and what does
 * not return is stopped and named.
 */
import { createServer, type Server } from 'node:http'
import { resolve } from 'node:path'
import { build } from 'esbuild'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bootHere } from '../../../labs/judge/boot-here.ts'
import { runCheck } from '../../../labs/judge/run-check.ts'
import { publicSeeds } from '../../../labs/judge/seeds.ts'
import { lab } from '../../../labs/lost-address/lab.ts'
import { evaluateHere } from '../../../labs/program/evaluate-here.ts'
import { moduleMap } from '../../../labs/program/module-map.ts'
import { answerFiles } from '../../../labs/runtime/lab-files.ts'
import type { PageRuntime } from '../../../labs/runtime/page/page.ts'
import type { LabEvent } from '../../../labs/runtime/runtime.ts'
import { modulesJson, workerScript } from '../../../site/lib/lab-assets.ts'
import { browserMissing, launchBrowser } from '../../support/browser.ts'
import { namesOf } from '../../support/lost-address.ts'
import { ROOT } from '../../support/stages.ts'
import { CONFORMANCE } from './conformance.ts'

const [SEED = ''] = publicSeeds('practice-lost-address', 'any', 1)
const { a: A, b: B } = namesOf(SEED)
const CODE = 'advertised-address.ts'
const missing = browserMissing()

/** Files of an answer as they cross into the page. */
type Answer = readonly (readonly [string, string])[]

/** What the bare page holds. */
interface Bare {
  runtime: PageRuntime
  events: LabEvent[]
  /** What the worker said, where a test reads along. */
  said: { is: string; handler?: string; node?: string }[]
  startRuntime(policy?: string): Promise<string>
  startPrepared(files: Answer, seed: string): Promise<number[][]>
  /** Runs one case of the suite of all runtimes; '' or the sentence of its failure. */
  conform(index: number, starter: Answer, solution: Answer): Promise<string>
  wait(holds: () => boolean): Promise<void>
}
declare const bare: Bare

const BARE = `
import { PageRuntime } from './labs/runtime/page/page.ts'
import { Sandbox } from './labs/runtime/page/sandbox.ts'
import { lab } from './labs/lost-address/lab.ts'
import { CONFORMANCE } from './test/labs/runtimes/conformance.ts'
const bare = globalThis.bare = {
  events: [],
  said: [],
  async startRuntime(policy) {
    const assets = async () => ({ worker: await (await fetch('/worker.js')).text(), modules: await (await fetch('/modules.json')).json() })
    bare.runtime = new PageRuntime({ lab, assets, policy })
    bare.runtime.subscribe((event) => bare.events.push(event))
    try {
      await bare.runtime.start({ signal: new AbortController().signal, onStep() {} })
      return 'started'
    } catch (failure) {
      return failure.code + ': ' + failure.seen.join(', ')
    }
  },
  /** Begins a sandbox beforehand, and starts a runtime with it, twice. Frames in the page, and nodes of the cluster in it. */
  async startPrepared(files, seed) {
    const assets = async () => ({ worker: await (await fetch('/worker.js')).text(), modules: await (await fetch('/modules.json')).json() })
    const frames = () => document.querySelectorAll('iframe').length
    let sandbox = new Sandbox()
    const { worker, modules } = await assets()
    await sandbox.isReady
    sandbox.begin(lab.id, modules) // without its script there is nobody to hear this
    sandbox.start(worker)
    sandbox.begin(lab.id, modules)
    const seen = [[frames(), 0]]
    const prepared = () => {
      const taken = sandbox
      sandbox = undefined
      return taken
    }
    bare.runtime = new PageRuntime({ lab, assets, prepared })
    for (let i = 0; i < 2; i++) {
      await bare.runtime.start({ signal: new AbortController().signal, onStep() {} })
      await bare.runtime.load(new Map(files))
      bare.runtime.time.setSpeed(100)
      await bare.runtime.demo(seed)
      seen.push([frames(), bare.runtime.nodes.length])
    }
    return seen
  },
  async conform(index, starter, solution) {
    const given = { runtime: bare.runtime, lab, starter: new Map(starter), solution: new Map(solution) }
    return CONFORMANCE[index].run(given).then(() => '', (error) => error.message)
  },
  async wait(holds) {
    while (!holds()) await new Promise((done) => setTimeout(done, 20))
  },
}`

describe.skipIf(missing !== '')(`the page runtime${missing === '' ? '' : ` (skipped: ${missing})`}`, () => {
  let browser: Browser
  let server: Server
  let origin = ''
  const asked: string[] = []

  beforeAll(async () => {
    const bundled = await build({
      stdin: { contents: BARE, resolveDir: resolve(ROOT), loader: 'ts' },
      bundle: true,
      format: 'iife',
      write: false,
    })
    const files: Record<string, [string, string]> = {
      '/': ['text/html', '<!doctype html><title>bare</title><body><script src="/bare.js"></script>'],
      '/bare.js': ['text/javascript', bundled.outputFiles[0]!.text],
      '/worker.js': ['text/javascript', await workerScript()],
      '/modules.json': ['application/json', await modulesJson()],
    }
    server = createServer((request, response) => {
      asked.push(request.url ?? '')
      const [type, body] = files[request.url ?? ''] ?? ['text/plain', '']
      response.writeHead(200, { 'content-type': type, 'access-control-allow-origin': '*' }).end(body)
    })
    await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))
    origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    server?.closeAllConnections()
    server?.close()
  })

  describe('does what every runtime does', () => {
    let page: Page
    beforeAll(async () => {
      page = await browser.newPage()
      await page.goto(origin)
      expect(await page.evaluate(() => bare.startRuntime())).toBe('started')
      await page.evaluate(() => bare.runtime.time!.setSpeed(100))
    })
    afterAll(() => page.close())

    for (const [index, { title }] of CONFORMANCE.entries())
      it(title, async () => {
        const answers = [index, [...answerFiles(lab, 'starter')], [...answerFiles(lab, 'solution')]] as const
        expect(await page.evaluate(([at, starter, solution]) => bare.conform(at, starter, solution), answers)).toBe('')
      })
  })

  async function withRuntime<T>(files: ReadonlyMap<string, string>, work: (page: Page) => Promise<T>): Promise<T> {
    const page = await browser.newPage()
    try {
      await page.goto(origin)
      expect(await page.evaluate(() => bare.startRuntime())).toBe('started')
      await page.evaluate((entries) => bare.runtime.load(new Map(entries)), [...files])
      return await work(page)
    } finally {
      await page.close()
    }
  }

  const starter = answerFiles(lab, 'starter')
  /** The starter with other code in its module. */
  const withCode = (code: string) => new Map(starter).set(CODE, code)

  it.each(['starter', 'solution'])('judges %s as Node does, byte for byte', async (answer) => {
    const files = answerFiles(lab, answer)
    const boot = bootHere(lab, moduleMap(), evaluateHere)
    await withRuntime(files, async (page) => {
      for (const check of lab.checks) {
        const there = await page.evaluate(([id, seed]) => bare.runtime.check(id!, seed!), [check.id, SEED])
        expect(there.result).toEqual(await runCheck({ lab, check, files, seed: SEED, boot }))
        expect(there.events.length).toBeGreaterThan(0)
      }
    })
  })

  it('shows the demo: its nodes, their events, and what is done to them', async () => {
    await withRuntime(starter, async (page) => {
      await page.evaluate((seed) => {
        bare.runtime.time.setSpeed(100)
        return bare.runtime.demo(seed)
      }, SEED)
      const names = () => page.evaluate(() => bare.runtime.nodes.map(({ name, state }) => `${name} ${state}`))
      expect(await names()).toEqual(
        ['namesrv', A.machine, B.machine, 'admin', 'shop', 'billing'].map((name) => `${name} running`),
      )
      const listed = await page.evaluate(() => bare.runtime.act({ do: 'admin', command: ['clusterList'] }))
      expect(listed).toMatch(new RegExp(`${B.brokerName} .*10\\.77\\.0\\.9:.*cannot connect`))
      await page.evaluate((node) => bare.runtime.act({ do: 'kill', node }), A.machine)
      expect(await names()).toContain(`${A.machine} ended`)
      await page.evaluate((node) => bare.runtime.act({ do: 'restart', node }), A.machine)
      expect(await names()).toContain(`${A.machine} running`)
      const sent = { do: 'send', node: 'billing', topic: 'Nowhere', key: 'k', body: 'b' } as const
      const refused = await page.evaluate(
        (action) =>
          bare.runtime.act(action).then(
            () => '',
            (e) => e.message,
          ),
        sent,
      )
      expect(refused).toContain('k was not taken')
    })
  })

  it('starts in a sandbox that was begun before, and makes its own when it starts again', async () => {
    const page = await browser.newPage()
    try {
      await page.goto(origin)
      const seen = await page.evaluate(([files, seed]) => bare.startPrepared(files, seed), [
        [...starter],
        SEED,
      ] as const)
      expect(seen, 'frames in the page, nodes of the cluster').toEqual([
        [1, 0],
        [1, 6],
        [1, 6],
      ])
    } finally {
      await page.close()
    }
  })

  it('stands when paused, and lets one event happen at a step', async () => {
    await withRuntime(starter, async (page) => {
      await page.evaluate((seed) => {
        bare.runtime.time.pause()
        void bare.runtime.demo(seed)
      }, SEED)
      await page.evaluate(() => bare.wait(() => bare.events.some((one) => one.kind === 'pace')))
      expect(await page.evaluate(() => bare.runtime.nodes.length)).toBe(0)
      await page.evaluate(() => bare.runtime.time.step())
      expect(await page.evaluate(() => bare.runtime.nodes.map(({ name }) => name))).toEqual(['namesrv'])
    })
  })

  it('gives learner code nothing of the world, and no request leaves', async () => {
    const names = [
      'fetch', 'indexedDB', 'caches', 'XMLHttpRequest', 'WebSocket', 'EventSource', 'WebTransport', 'BroadcastChannel', 'importScripts', 'Worker', 'SharedWorker',
      'navigator', 'location', 'self', 'postMessage', 'close', 'setTimeout', 'Date', 'performance', 'crypto', 'console', 'eval', 'MessageChannel', 'Blob', 'URL',
      'onmessage', 'addEventListener', 'queueMicrotask', 'structuredClone', 'Request', 'Notification', 'origin', 'reportError', 'createImageBitmap',
    ] // biome-ignore format: a list of names
    const code = `import type { Host } from '../host/host.ts'
      export function advertisedAddress(host: Host): string {
        const found: string[] = []
        ${names.map((name) => `if (typeof ${name} !== 'undefined') found.push('${name}')`).join('\n')}
        try { found.push(String((() => {}).constructor('return 1')())) } catch {}
        try { import('${origin}/leak').then(() => { throw new Error('imported') }, () => {}) } catch {}
        const whole = (function (this: unknown) { return this })()
        if (whole !== undefined) found.push('this')
        host.trace.log('info', 'found: ' + found.join(' '))
        return host.name + ':1'
      }`
    asked.length = 0
    await withRuntime(withCode(code), async (page) => {
      await page.evaluate((seed) => {
        bare.runtime.time.setSpeed(100)
        return bare.runtime.demo(seed).catch(() => {})
      }, SEED)
      const told = await page.evaluate(() =>
        bare.events
          .flatMap((one) => (one.kind === 'events' ? one.events : []))
          .filter((one) => one.kind === 'log.line'),
      )
      const lines = told.map((event) => (event as { text: string }).text).filter((line) => line.startsWith('found:'))
      expect(lines.length).toBeGreaterThan(0)
      expect([...new Set(lines)]).toEqual(['found: '])
    })
    expect(asked.filter((path) => path.includes('leak'))).toEqual([])
  })

  it.each([
    ['a loop in a function', 'export function advertisedAddress() { for (;;) {} }', /^[a-z]+-\d\d did not return from .* at 00:00\.0\d\d\. Your code is saved/],
    ['a loop while loading', 'for (;;) {}\nexport {}', /^[a-z]+-\d\d did not return from loading its program at 00:00/],
    ['a loop that talks', 'export function advertisedAddress(host) { for (;;) host.trace.log("info", "x".repeat(1000)) }', /^([a-z]+-\d\d did not return|The cluster was stopped: the simulation limit)/],
    ['a chain of promises', 'export function advertisedAddress() { const on = () => Promise.resolve().then(on); on(); return "broker-a:1" }', /^[a-z]+-\d\d did not return from/],
  ])('stops %s and names it', async (_name, code, says) => {
    await withRuntime(withCode(code), async (page) => {
      const failure = await page.evaluate((seed) => {
        bare.runtime.time.setSpeed(100)
        const stopped = bare.wait(() => bare.events.some((one) => one.kind === 'stopped'))
        const ended = bare.runtime.demo(seed).then(() => 'told', (error) => error.message)
        return stopped.then(() => ended)
      }, SEED)
      expect(failure).toMatch(says)
      expect(await page.evaluate(() => document.querySelectorAll('iframe').length)).toBe(0)
      // the page lives, and the next run works
      await page.evaluate((entries) => bare.runtime.load(new Map(entries)), [...answerFiles(lab, 'solution')])
      await page.evaluate(() => bare.runtime.start({ signal: new AbortController().signal, onStep() {} }))
      const again = await page.evaluate((seed) => bare.runtime.check('route.reachable', seed), SEED)
      expect(again.result.verdict).toBe('passed')
    })
  }) // biome-ignore format: one kind of loop per line

  it('blames learner code only while it runs: not our programs, and not what is computed between two runs', async () => {
    const page = await browser.newPage()
    await page.goto(origin)
    await page.evaluate(() => {
      // what the worker says is read along, as the page hears it
      const { set } = Object.getOwnPropertyDescriptor(MessagePort.prototype, 'onmessage')!
      Object.defineProperty(MessagePort.prototype, 'onmessage', {
        set(hear) {
          set!.call(this, (message: MessageEvent) => {
            bare.said.push(message.data)
            hear(message)
          })
        },
      })
    })
    expect(await page.evaluate(() => bare.startRuntime())).toBe('started')
    await page.evaluate((entries) => bare.runtime.load(new Map(entries)), [...starter])
    await page.evaluate((seed) => bare.runtime.check('route.reachable', seed), SEED)
    const said = await page.evaluate(() => bare.said.map(({ is, handler, node }) => ({ is, handler, node })))
    await page.close()
    const entered = said.filter(({ is }) => is === 'entering')
    // the lab's module is part of the broker: two machines run it, and nothing else does
    expect(new Set(entered.map(({ node }) => node))).toEqual(new Set([A.machine, B.machine]))
    const inside = said.filter(({ is }) => is === 'entering' || is === 'left' || is === 'checked').slice(-2)
    expect(inside.map(({ is }) => is)).toEqual(['left', 'checked'])
  })

  it('stops a check that does not return', async () => {
    await withRuntime(withCode('export function advertisedAddress() { for (;;) {} }'), async (page) => {
      const failure = await page.evaluate(
        (seed) => bare.runtime.check('move.again', seed).then(() => 'judged', (error) => error.code),
        SEED,
      ) // biome-ignore format: short
      expect(failure).toBe('runaway')
    })
  })

  it('says the line of what does not compile, and judges it as not loading', async () => {
    await withRuntime(starter, async (page) => {
      const { errors } = await page.evaluate((text) => bare.runtime.load(new Map([['advertised-address.ts', text]])), 'const a = 1\nfunction (')
      expect(errors[0]).toMatchObject({ path: CODE, line: 2 })
      const checked = await page.evaluate((seed) => bare.runtime.check('route.reachable', seed), SEED)
      expect(checked.result).toMatchObject({ verdict: 'failed', reason: 'does-not-load' })
      expect(checked.result.sentence).toMatch(/^advertised-address\.ts line 2: /)
    })
  }) // biome-ignore format: short

  it('names the line at which the learner’s code threw, with its own words, in a check and in the demo', async () => {
    const code = "interface Plan { readonly port: string }\nexport function advertisedAddress(_host: unknown, config: { brokerIP1: string }): string {\n  const plan: Plan = { port: '1' }\n  throw new TypeError('no way to ' + config.brokerIP1 + plan.port)\n}\n"
    await withRuntime(withCode(code), async (page) => {
      const thrown = await page.evaluate(async (seed) => {
        const heard: unknown[] = []
        bare.runtime.subscribe((event) => event.kind === 'threw' && void heard.push(event.thrown))
        await bare.runtime.check('route.reachable', seed)
        const checked = heard.length
        await bare.runtime.demo(seed).catch(() => {})
        return { checked, heard }
      }, SEED)
      expect(thrown.checked).toBeGreaterThan(0)
      expect(thrown.heard.length).toBeGreaterThan(thrown.checked)
      expect(thrown.heard[0]).toMatchObject({ path: CODE, line: 4, text: expect.stringMatching(/^TypeError: no way to /) })
    })
  }) // biome-ignore format: short

  it('refuses to run anything when its walls are open', async () => {
    const page = await browser.newPage()
    await page.goto(origin)
    const policy = "default-src 'none'; script-src 'unsafe-inline' data:; worker-src data:; connect-src data:"
    expect(await page.evaluate((one) => bare.startRuntime(one), policy)).toBe('sandbox: not denied: fetch')
    expect(await page.evaluate(() => document.querySelectorAll('iframe').length)).toBe(0)
    await page.close()
  })
})
