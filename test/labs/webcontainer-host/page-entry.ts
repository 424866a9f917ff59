/**
 * The script of the test page: a `WebContainerRuntime` over the genuine client, and the suite of all runtimes.
 *
 * Bundled by the test; what it offers stands on `window.lab`.
 */
import { lab } from '../../../labs/lost-address/lab.ts'
import type { AppTree } from '../../../labs/program/es-modules.ts'
import type { RuntimeFailure } from '../../../labs/runtime/runtime.ts'
import type { BootLimits } from '../../../labs/runtime/webcontainer/boot-ladder.ts'
import { WebContainerRuntime } from '../../../labs/runtime/webcontainer/webcontainer.ts'
import { namesOf } from '../../support/lost-address.ts'
import { CONFORMANCE, SEED } from '../runtimes/conformance.ts'

type Files = readonly (readonly [string, string])[]

/** How a start ended, as plain data. */
export interface Started {
  readonly code: string
  readonly text: string
  readonly next: readonly string[]
  readonly seen: readonly string[]
  readonly steps: readonly string[]
  readonly nodeVersion: string
  readonly tookMs: number
}

/** What a test calls in the page. */
export interface TestPage {
  start(options: { limits?: Partial<BootLimits>; coep?: 'credentialless' | 'require-corp' }): Promise<Started>
  /** Runs one case of the suite; '' or the sentence of its failure. */
  runCase(index: number, starter: Files, solution: Files): Promise<string>
  /** Kills the first broker in the demo and starts it again; how it ended, and what the console prints afterwards. */
  killAndRestart(): Promise<{ readonly how: string; readonly printed: string }>
  dispose(): Promise<void>
}

declare global {
  interface Window {
    lab: TestPage
  }
}

const MACHINE = namesOf(SEED).a.machine

let runtime: WebContainerRuntime | undefined

async function tree(): Promise<AppTree> {
  return (await (await fetch('/app-tree.json')).json()) as AppTree
}

window.lab = {
  async start({ limits = {}, coep = 'credentialless' }) {
    const steps: string[] = []
    const startedMs = performance.now()
    runtime = new WebContainerRuntime({ lab, tree, coep, limits })
    const failure = await runtime
      .start({ signal: new AbortController().signal, onStep: ({ text }) => steps.push(text) })
      .then(
        () => undefined,
        (error: RuntimeFailure) => error,
      )
    const { code = '', message: text = '', next = [], seen = [] } = failure ?? {}
    const tookMs = Math.round(performance.now() - startedMs)
    return { code, text, next, seen, steps, nodeVersion: runtime.nodeVersion, tookMs }
  },
  async runCase(index, starter, solution) {
    try {
      await CONFORMANCE[index]!.run({ runtime: runtime!, lab, starter: new Map(starter), solution: new Map(solution) })
      return ''
    } catch (error) {
      return error instanceof Error ? `${error.message}` || error.name : String(error)
    }
  },
  async killAndRestart() {
    await runtime!.act({ do: 'kill', node: MACHINE })
    const how = runtime!.nodes.find(({ name }) => name === MACHINE)?.exit?.how ?? ''
    try {
      await runtime!.act({ do: 'restart', node: MACHINE })
      return { how, printed: await runtime!.act({ do: 'admin', command: ['clusterList'] }) }
    } catch (error) {
      return { how, printed: (error as Error).message }
    }
  },
  async dispose() {
    await runtime?.dispose()
  },
}
