/**
 * The way up to a running WebContainer, rung by rung. Each rung has a limit of its own and one sentence when it breaks.
 *
 * ```
 * switched on ─ https ─ isolated ─ not iOS ─ online ─ client ─ frame ─┬─ policy or headers refuse it: at once
 *                                                                     ├─ silent for 10 s: is the host reachable? 5 s
 *                                                                     └─ silent for 30 s: given up
 * ```
 *
 * `boot()` of the client neither times out nor rejects when its frame is blocked, and a second call waits behind the first
 * for ever. So every wait is ours, it is called once per page, and after a failure only a reload helps.
 */
import type { WebContainer } from '@webcontainer/api'
import { failureOf } from '../failure-texts.ts'
import type { BootStep, RuntimeFailure } from '../runtime.ts'

/** Milliseconds for each rung that waits. */
export interface BootLimits {
  readonly clientMs: number
  /** Silence of the frame after which its host is asked whether it can be reached. */
  readonly silentMs: number
  readonly reachMs: number
  /** From the first look at the frame to its end. */
  readonly bootMs: number
  readonly mountMs: number
  /** `node -v` inside. */
  readonly probeMs: number
  /** When the page says that it is starting, and that it is slow. */
  readonly sayStartingMs: number
  readonly saySlowMs: number
}

export const BOOT_LIMITS: BootLimits = {
  clientMs: 10_000,
  silentMs: 10_000,
  reachMs: 5_000,
  bootMs: 30_000,
  mountMs: 15_000,
  probeMs: 10_000,
  sayStartingMs: 3_000,
  saySlowMs: 10_000,
}

/** What the page is, as far as the first rungs ask. */
export interface PageFacts {
  readonly isSecure: boolean
  readonly isIsolated: boolean
  readonly isIos: boolean
  readonly isOnline: boolean
}

/** The part of `@webcontainer/api` that the ladder uses. */
export interface WebContainerClient {
  readonly WebContainer: { boot(options: { coep: 'require-corp' | 'credentialless' }): Promise<WebContainer> }
  configureAPIKey(key: string): void
}

export interface BootOptions {
  readonly isSwitchedOn: boolean
  /** The learner was warned about iPhone and iPad and wants to try. */
  readonly isIosAllowed: boolean
  /** The page's own `Cross-Origin-Embedder-Policy`: the client does not look. */
  readonly coep: 'require-corp' | 'credentialless'
  readonly apiKey: string
  readonly limits: BootLimits
  readonly facts?: PageFacts
  readonly loadClient?: () => Promise<WebContainerClient>
}

export interface BootWatch {
  readonly signal: AbortSignal
  readonly onStep: (step: BootStep) => void
}

/** The one boot of this page: also a later visit to the ladder waits for it. */
let boot: { readonly container: Promise<WebContainer>; arrived?: WebContainer; failure?: Error } | undefined

/** Climbs to a container, or rejects with a RuntimeFailure. */
export async function climb(options: BootOptions, watch: BootWatch): Promise<WebContainer> {
  if (boot?.arrived !== undefined) return boot.arrived
  if (boot?.failure !== undefined) throw boot.failure
  checkPage(options)
  if (boot === undefined) {
    watch.onStep({ id: 'client', text: 'Loading the WebContainer client…' })
    const client = await loadClient(options, watch.signal)
    watch.onStep({ id: 'frame', text: 'Asking stackblitz.com for a WebContainer…' })
    return frame(options, watch, () => client.WebContainer.boot({ coep: options.coep }))
  }
  const { container } = boot
  return frame(options, watch, () => container)
}

/** The facts of the page this runs in. */
export function pageFacts(): PageFacts {
  const { userAgent, platform, maxTouchPoints, onLine } = navigator
  return {
    isSecure: globalThis.isSecureContext,
    isIsolated: globalThis.crossOriginIsolated,
    isIos: /iPhone|iPad|iPod/.test(userAgent) || (platform === 'MacIntel' && maxTouchPoints > 1),
    isOnline: onLine,
  }
}

/** Where the client takes its frame from. */
export function frameOrigin(): string {
  const named = (globalThis as { WEBCONTAINER_API_IFRAME_URL?: string }).WEBCONTAINER_API_IFRAME_URL
  return new URL(named ?? 'https://stackblitz.com').origin
}

function checkPage({ isSwitchedOn, isIosAllowed, facts = pageFacts() }: BootOptions): void {
  if (!isSwitchedOn) throw failureOf('switched-off')
  if (!facts.isSecure) throw failureOf('insecure')
  if (!facts.isIsolated) throw failureOf('not-isolated')
  if (facts.isIos && !isIosAllowed) throw failureOf('ios')
  if (!facts.isOnline) throw failureOf('offline')
}

async function loadClient(options: BootOptions, signal: AbortSignal): Promise<WebContainerClient> {
  const load = options.loadClient ?? (() => import('@webcontainer/api'))
  const client = await Promise.race([
    load().catch((error: Error) => failureOf('client-load', [error.message])),
    after(options.limits.clientMs).then(() =>
      failureOf('client-load', [`nothing after ${options.limits.clientMs} ms`]),
    ),
    abortOf(signal),
  ])
  if (client instanceof Error) throw client
  if (options.apiKey !== '' && boot === undefined) client.configureAPIKey(options.apiKey)
  return client
}

/** Waits for the frame's answer, and finds out why there is none. */
async function frame(
  { limits }: BootOptions,
  { signal, onStep }: BootWatch,
  begin: () => Promise<WebContainer>,
): Promise<WebContainer> {
  const looking = new AbortController()
  const timers = [
    setTimeout(() => onStep({ id: 'frame', text: 'Starting…' }), limits.sayStartingMs),
    setTimeout(() => onStep({ id: 'frame', text: 'Slower than usual…' }), limits.saySlowMs),
  ]
  try {
    const refused = refusal(looking.signal) // before the frame is there
    const container = begin()
    const own = (boot ??= { container })
    container.then(
      (arrived) => {
        own.arrived = arrived
      },
      () => {},
    )
    const winner = await Promise.race([
      container.catch((error: Error) => failureOf('frame-silent', [`boot failed: ${error.message}`])),
      refused,
      silence(limits, looking.signal),
      abortOf(signal),
    ])
    if (!(winner instanceof Error)) return winner
    if (winner.code !== 'aborted') own.failure = winner
    throw winner
  } finally {
    looking.abort()
    for (const timer of timers) clearTimeout(timer)
  }
}

/** Resolves when the page's own policy, or the frame's headers, refuse the frame. */
function refusal(until: AbortSignal): Promise<RuntimeFailure> {
  const origin = frameOrigin()
  return new Promise((resolve) => {
    const onViolation = (event: SecurityPolicyViolationEvent) => {
      const isFrame = ['frame-src', 'child-src', 'default-src'].includes(event.effectiveDirective)
      if (isFrame && event.blockedURI.startsWith(origin) && event.disposition === 'enforce')
        resolve(failureOf('frame-csp', [`${event.effectiveDirective} blocked ${event.blockedURI}`]))
    }
    document.addEventListener('securitypolicyviolation', onViolation, { signal: until })
    if (!('ReportingObserver' in globalThis)) return
    const observer = new ReportingObserver(
      (reports) => {
        for (const report of reports) {
          // Chromium shows what such a report says only in its JSON
          const { body = {} } = JSON.parse(JSON.stringify(report)) as {
            body?: { blockedURL?: string; disposition?: string }
          }
          if (report.type !== 'coep' || body.disposition !== 'enforce') continue
          if (!body.blockedURL?.startsWith(origin)) continue
          const orError = 'an error page without these headers looks the same: 404 for a domain that is not admitted'
          resolve(failureOf('frame-coep', [`the browser blocked ${body.blockedURL}`, orError]))
        }
      },
      { buffered: true },
    )
    observer.observe()
    until.addEventListener('abort', () => observer.disconnect())
  })
}

/** Resolves when the silence has lasted too long, with what is most likely the cause. */
async function silence(limits: BootLimits, until: AbortSignal): Promise<RuntimeFailure> {
  const startedMs = performance.now()
  await after(limits.silentMs)
  if (until.aborted) return failureOf('aborted')
  const reached = await reach(limits.reachMs)
  if (reached !== '') return failureOf('frame-unreachable', [`asked ${frameOrigin()}: ${reached}`])
  await after(Math.max(0, limits.bootMs - (performance.now() - startedMs)))
  return failureOf('frame-silent', [`${frameOrigin()} answers, its frame said nothing for ${limits.bootMs} ms`])
}

/** Asks the frame's host for anything at all; '' when it answers, else what happened. */
async function reach(withinMs: number): Promise<string> {
  try {
    const signal = AbortSignal.timeout(withinMs)
    await fetch(`${frameOrigin()}/headless`, { mode: 'no-cors', cache: 'no-store', credentials: 'omit', signal })
    return ''
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  }
}

function abortOf(signal: AbortSignal): Promise<RuntimeFailure> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(failureOf('aborted'))
    signal.addEventListener('abort', () => resolve(failureOf('aborted')), { once: true })
  })
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
