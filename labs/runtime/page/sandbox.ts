/**
 * The frame and the worker of one sandbox, which may begin before anybody wants a cluster: while a page builds its editor, the
 * worker tests its walls and evaluates our modules.
 */
import type { ModuleMap } from '../../program/link.ts'
import { type Frame, type FrameWord, frameOfPage, openFrame } from './page-frame.ts'
import type { ToWorker } from './page-messages.ts'

/** What the worker is made of. */
export interface PageAssets {
  /** The bundled script of `page-worker.ts`. */
  readonly worker: string
  /** Every module of every program, compiled. */
  readonly modules: ModuleMap
}

/** One frame with one worker in it. */
export class Sandbox {
  /** Resolves when the frame can take a worker. */
  readonly isReady: Promise<void>
  readonly #frame: Frame
  #port: MessagePort | undefined
  #onFailed: (() => void) | undefined
  #hasBegun = false
  /** Whether the worker has reported an error. */
  hasFailed = false

  /** Takes the frame that stands in the page, or opens one: with another policy than ours in a test of the self-test. */
  constructor(policy?: string) {
    let ready = () => {}
    this.isReady = new Promise((resolve) => {
      ready = resolve
    })
    const hear = (word: FrameWord) => {
      if (word === 'frame-ready') return ready()
      this.hasFailed = true
      this.#onFailed?.()
    }
    this.#frame = (policy === undefined ? frameOfPage(hear) : undefined) ?? openFrame(policy, hear)
  }

  /** Called when the worker reports an error. */
  set onFailed(failed: () => void) {
    this.#onFailed = failed
  }

  /**
   * Starts the worker when the frame is ready, and returns the page's end of the channel to it. Later calls return the same.
   * What the worker says waits until somebody listens.
   */
  start(worker: string): MessagePort {
    this.#port ??= this.#frame.startWorker(worker)
    return this.#port
  }

  /**
   * Gives the worker its lab and our modules, which it evaluates at once. Does nothing before `start`, which may have had no
   * script, and after the first time.
   */
  begin(lab: string, modules: ModuleMap): void {
    if (this.#port === undefined || this.#hasBegun) return
    this.#hasBegun = true
    const begin: ToWorker = { do: 'begin', lab, modules }
    this.#port.postMessage(begin)
  }

  /** Ends the worker at once, and takes the frame out of the page. */
  remove(): void {
    this.#port?.close()
    this.#frame.remove()
  }
}
