/** The rungs of the boot ladder that look at the page before anything is loaded, each with its words and its way on. */
import { describe, expect, it } from 'vitest'
import type { BootStep, RuntimeFailure } from '../../../labs/runtime/runtime.ts'
import { BOOT_LIMITS, type BootOptions, climb, type PageFacts } from '../../../labs/runtime/webcontainer/boot-ladder.ts'

const GOOD: PageFacts = { isSecure: true, isIsolated: true, isIos: false, isOnline: true }
const OPTIONS: BootOptions = {
  isSwitchedOn: true,
  isIosAllowed: false,
  coep: 'credentialless',
  apiKey: '',
  limits: { ...BOOT_LIMITS, clientMs: 50 },
  facts: GOOD,
  loadClient: () => Promise.reject(new Error('no such file')),
}

async function failureOf(options: Partial<BootOptions>, signal = new AbortController().signal) {
  const steps: BootStep[] = []
  const failure = await climb({ ...OPTIONS, ...options }, { signal, onStep: (step) => steps.push(step) }).then(
    () => undefined,
    (error: RuntimeFailure) => error,
  )
  return { code: failure?.code, next: failure?.next, seen: failure?.seen, steps: steps.map(({ id }) => id) }
}

describe('before a WebContainer is asked for', () => {
  it.each([
    ['switched-off', { isSwitchedOn: false }],
    ['insecure', { facts: { ...GOOD, isSecure: false } }],
    ['not-isolated', { facts: { ...GOOD, isIsolated: false } }],
    ['ios', { facts: { ...GOOD, isIos: true } }],
    ['offline', { facts: { ...GOOD, isOnline: false } }],
  ] as const)('says %s, loads nothing, and offers the page', async (code, options) => {
    const failure = await failureOf(options)
    expect(failure).toMatchObject({ code, steps: [] })
    expect(failure.next).toContain('run-in-page')
  })

  it('tries on an iPad when the learner wants to', async () => {
    const failure = await failureOf({ facts: { ...GOOD, isIos: true }, isIosAllowed: true })
    expect(failure).toMatchObject({ code: 'client-load', steps: ['client'] })
  })

  it('says that a file of the site did not load, and why', async () => {
    expect(await failureOf({})).toMatchObject({
      code: 'client-load',
      next: ['reload', 'run-in-page'],
      seen: ['no such file'],
    })
  })

  it('does not wait for ever for that file', async () => {
    expect(await failureOf({ loadClient: () => new Promise(() => {}) })).toMatchObject({ code: 'client-load' })
  })

  it('stops when the learner turns away', async () => {
    const turning = new AbortController()
    const failure = failureOf({ loadClient: () => new Promise(() => {}), limits: BOOT_LIMITS }, turning.signal)
    turning.abort()
    expect(await failure).toMatchObject({ code: 'aborted' })
  })
})
