/**
 * The doctor's work in the page: climbs the real boot ladder, runs one probe after the other, never stops at a failure.
 *
 * Each probe has 10 s of its own. What it saw goes to the page as it comes, and into one record that can be copied.
 */
import type { WebContainer } from '@webcontainer/api'
import type { RuntimeFailure } from '../../../labs/runtime/runtime.ts'
import { BOOT_LIMITS, climb, frameOrigin, pageFacts } from '../../../labs/runtime/webcontainer/boot-ladder.ts'
import { LAB_COEP } from '../../config.ts'
import { LAB_IDS, loadLab } from '../../labs/lab-scripts.ts'
import { makeRuntime } from '../../labs/runtimes.ts'
import probes from './_probes.mjs?raw'

export type Outcome = 'yes' | 'no' | 'not run'

export interface Finding {
  readonly id: string
  readonly title: string
  readonly outcome: Outcome
  /** What was observed. */
  readonly seen: string
  readonly tookMs: number
}

/** What the page shows, and what is copied. */
export interface DoctorRecord {
  readonly format: 'glassmq-doctor'
  readonly version: 1
  readonly date: string
  readonly browser: string
  readonly client: string
  /** Where the frame comes from. */
  readonly frame: string
  /** The frame is not StackBlitz's: what was measured inside says nothing about the real service. */
  readonly isStandIn: boolean
  readonly findings: readonly Finding[]
}

const CLIENT = '@webcontainer/api 1.6.4'
const PROBE_MS = 10_000
const DIRECTORY = 'doctor'
const SCRIPT = `${DIRECTORY}/probes.mjs`
const LINE = 1_000

interface Probe {
  readonly id: string
  readonly title: string
  /** Needs a container. */
  readonly inside?: true
  /** Returns what was seen; throws it when it is not as it should be. */
  run(): Promise<string>
}

let container: WebContainer | undefined

/** Every row of the sheet, in its order. */
export function probeTitles(): readonly { readonly id: string; readonly title: string }[] {
  return PROBES
}

/** Runs all probes. `tell` hears each finding, and before it that it has begun. */
export async function examine(
  labsUrl: string,
  tell: (id: string, finding: Finding | undefined) => void,
): Promise<DoctorRecord> {
  const findings: Finding[] = []
  site.labsUrl = labsUrl
  for (const probe of PROBES) {
    tell(probe.id, undefined)
    const finding = await examineOne(probe)
    findings.push(finding)
    tell(probe.id, finding)
  }
  const date = new Date().toISOString()
  const { userAgent: browser } = navigator
  return {
    format: 'glassmq-doctor',
    version: 1,
    date,
    browser,
    client: CLIENT,
    frame: frameOrigin(),
    isStandIn: isStandIn(),
    findings,
  }
}

const site = { labsUrl: '' }

async function examineOne({ id, title, inside, run }: Probe): Promise<Finding> {
  if (inside === true && container === undefined)
    return { id, title, outcome: 'not run', seen: 'there is no container', tookMs: 0 }
  const startedMs = performance.now()
  const [outcome, seen] = await run().then(
    (text): [Outcome, string] => ['yes', text],
    (error: Error): [Outcome, string] => ['no', error.message],
  )
  return { id, title, outcome, seen, tookMs: Math.round(performance.now() - startedMs) }
}

const fact = (id: string, title: string, holds: () => boolean, yes: string, no: string): Probe => ({
  id,
  title,
  async run() {
    if (!holds()) throw new Error(no)
    return yes
  },
})

const PROBES: readonly Probe[] = [
  { id: 'page', title: 'A lab starts in this page', run: startPage },
  { id: 'drafts', title: 'What you type is kept by this browser', run: keepDraft },
  fact(
    'secure',
    'The page is secure',
    () => pageFacts().isSecure,
    'https, or this machine',
    'WebContainer needs https',
  ),
  fact(
    'isolated',
    'The page is cross-origin isolated',
    () => pageFacts().isIsolated,
    'both headers are there',
    'the two headers are missing, or this browser ignores them (Safari does)',
  ),
  fact(
    'device',
    'Not an iPhone or iPad',
    () => !pageFacts().isIos,
    'another device',
    'WebContainer often runs out of memory there',
  ),
  fact('online', 'The browser is online', () => pageFacts().isOnline, 'yes', 'it says it is offline'),
  { id: 'boot', title: 'WebContainer starts', run: bootIt },
  { id: 'mount', title: 'Files can be put into it', inside: true, run: mountProbes },
  { id: 'version', title: 'Node inside answers', inside: true, run: () => ask(['version']) },
  { id: 'files', title: 'Files behave as a broker needs', inside: true, run: () => ask(['files']) },
  {
    id: 'echo',
    title: 'Two processes talk over a socket',
    inside: true,
    run: () => withServer((port) => ask(['client', port])),
  },
  {
    id: 'flood',
    title: '1 MiB with back-pressure',
    inside: true,
    run: () => withServer((port) => ask(['flood', port])),
  },
  { id: 'peer', title: 'A peer notices a killed process', inside: true, run: killSeenByPeer },
  { id: 'again', title: 'The port of a killed process can be used again', inside: true, run: listenAgain },
  { id: 'code', title: 'A killed process has an exit code', inside: true, run: exitCode },
  { id: 'input', title: `A line of ${LINE} characters arrives on standard input`, inside: true, run: sendLine },
]

// ---- outside ---------------------------------------------------------------------------------------------------------

async function startPage(): Promise<string> {
  const runtime = await makeRuntime('page', await loadLab(LAB_IDS[0]!), { labsUrl: site.labsUrl })
  try {
    await runtime.start({ signal: new AbortController().signal, onStep() {} })
    return 'its worker is shut away, and answers'
  } finally {
    await runtime.dispose()
  }
}

function keepDraft(): Promise<string> {
  const name = 'glassmq-doctor'
  return limited(
    new Promise((resolve, reject) => {
      const refuse = () => reject(new Error('storage is refused or full: export your code before you leave a lab'))
      const opened = indexedDB.open(name)
      opened.onerror = refuse
      opened.onupgradeneeded = () => opened.result.createObjectStore('texts')
      opened.onsuccess = () => {
        const put = opened.result.transaction('texts', 'readwrite')
        put.objectStore('texts').put('a line', 'draft')
        put.onerror = refuse
        put.oncomplete = () => {
          opened.result.close()
          indexedDB.deleteDatabase(name)
          resolve('a text was stored')
        }
      }
    }),
  )
}

async function bootIt(): Promise<string> {
  const steps: string[] = []
  try {
    container = await climb(
      { isSwitchedOn: true, isIosAllowed: true, coep: LAB_COEP, apiKey: '', limits: BOOT_LIMITS },
      { signal: new AbortController().signal, onStep: ({ text }) => steps.push(text) },
    )
  } catch (error) {
    const { code, message, seen } = error as RuntimeFailure
    throw new Error([`${message} (${code})`, ...seen].join(' · '))
  }
  return isStandIn() ? `at ${frameOrigin()}, a stand-in and not the real service` : `at ${frameOrigin()}`
}

function isStandIn(): boolean {
  return frameOrigin() !== 'https://stackblitz.com'
}

async function mountProbes(): Promise<string> {
  await limited(container!.fs.mkdir(DIRECTORY, { recursive: true }))
  await limited(container!.mount({ 'probes.mjs': { file: { contents: probes } } }, { mountPoint: DIRECTORY }))
  const read = await limited(container!.fs.readFile(SCRIPT, 'utf8'))
  if (read !== probes) throw new Error('what was read is not what was mounted')
  return `${read.length} characters there and back`
}

// ---- inside ----------------------------------------------------------------------------------------------------------

interface Said {
  readonly ok: boolean
  readonly text: string
  readonly port?: number
}

interface Talk {
  /** The next thing it says. */
  next(): Promise<Said>
  write(text: string): void
  kill(): void
  readonly exit: Promise<number>
}

async function begin(args: readonly (string | number)[]): Promise<Talk> {
  const process = await limited(container!.spawn('node', [SCRIPT, ...args.map(String)]))
  const said: Said[] = []
  const waiting: ((one: Said) => void)[] = []
  let rest = ''
  const read = (text: string) => {
    const lines = (rest + text).replaceAll('\r', '\n').split('\n')
    rest = lines.pop()!
    for (const line of lines) {
      if (!line.startsWith('DOCTOR ')) continue
      const one = JSON.parse(line.slice('DOCTOR '.length)) as Said
      const first = waiting.shift()
      if (first === undefined) said.push(one)
      else first(one)
    }
  }
  void process.output.pipeTo(new WritableStream({ write: read })).catch(() => {})
  const writer = process.input.getWriter()
  return {
    next: () => {
      const first = said.shift()
      return first === undefined
        ? limited(new Promise<Said>((resolve) => waiting.push(resolve)))
        : Promise.resolve(first)
    },
    write: (text) => void writer.write(text),
    kill: () => process.kill(),
    exit: process.exit,
  }
}

function judged({ ok, text }: Said): string {
  if (!ok) throw new Error(text)
  return text
}

async function ask(args: readonly (string | number)[]): Promise<string> {
  const talk = await begin(args)
  try {
    return judged(await talk.next())
  } finally {
    talk.kill()
  }
}

async function withServer<T>(use: (port: number, server: Talk) => Promise<T>, wanted = 0): Promise<T> {
  const server = await begin(['server', wanted])
  try {
    const said = await server.next()
    judged(said)
    return await use(said.port!, server)
  } finally {
    server.kill()
  }
}

function killSeenByPeer(): Promise<string> {
  return withServer(async (port, server) => {
    const peer = await begin(['peer', port])
    await peer.next() // it is connected
    server.kill()
    return judged(await peer.next())
  })
}

async function listenAgain(): Promise<string> {
  const port = await withServer(async (first, server) => {
    server.kill()
    await limited(server.exit)
    return first
  })
  return withServer(async (again) => `port ${again}`, port)
}

function exitCode(): Promise<string> {
  return withServer(async (_port, server) => {
    server.kill()
    return `code ${await limited(server.exit)}`
  })
}

async function sendLine(): Promise<string> {
  const talk = await begin(['input'])
  await talk.next() // it reads
  talk.write(`${'x'.repeat(LINE)}\n`)
  return judged(await talk.next())
}

function limited<T>(promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${PROBE_MS / 1_000} s`)), PROBE_MS)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
