/**
 * The sandbox of the `page` runtime: a frame without origin that holds one worker without origin.
 *
 * ```
 *  page ── iframe sandbox="allow-scripts" srcdoc ── ten lines of ours ── new Worker('data:…')
 *   └──────────────────────────── MessagePort ─────────────────────────────────┘
 * ```
 *
 * The arrangement is the one that was measured in three engines; a blob worker or a module worker fails in one of them.
 * The frame inherits the page's policy as well as its own, so a page with a policy must allow `FRAME_SCRIPT` by its hash,
 * and `data:` for scripts and workers. Removing the frame ends the worker at once, whatever it is doing.
 */

/** All code that runs in the frame. Its hash is part of the lab pages' policy. */
export const FRAME_SCRIPT = `addEventListener('message', (event) => {
  if (event.source !== parent) return
  const failed = () => parent.postMessage('worker-failed', '*')
  try {
    const worker = new Worker(event.data)
    worker.onerror = failed
    worker.postMessage(0, [event.ports[0]])
  } catch {
    failed()
  }
}, { once: true })
parent.postMessage('frame-ready', '*')`

/** What the frame's code may do: make a worker of text, and nothing else. */
export const FRAME_POLICY = "default-src 'none'; script-src 'unsafe-inline' data:; worker-src data:; connect-src 'none'"

/** The frame's document. */
export function frameDocument(policy: string = FRAME_POLICY): string {
  return `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><script>${FRAME_SCRIPT}</script>`
}

export type FrameWord = 'frame-ready' | 'worker-failed'

/** The frame, and how to be rid of it. */
export interface Frame {
  /** Starts the worker and hands it one end of a channel; the other end is returned. */
  startWorker(script: string): MessagePort
  remove(): void
}

/** Puts a frame into the page. `onWord` hears the two words it can say. */
export function openFrame(policy: string | undefined, onWord: (word: FrameWord) => void): Frame {
  const frame = document.createElement('iframe')
  frame.setAttribute('sandbox', 'allow-scripts')
  frame.setAttribute('aria-hidden', 'true')
  frame.title = 'where the lab’s nodes run'
  frame.tabIndex = -1
  frame.hidden = true
  const listen = (event: MessageEvent) => {
    if (event.source !== frame.contentWindow || frame.contentWindow === null) return
    if (event.data === 'frame-ready' || event.data === 'worker-failed') onWord(event.data)
  }
  addEventListener('message', listen)
  frame.srcdoc = frameDocument(policy)
  document.body.append(frame)
  return {
    startWorker(script) {
      const channel = new MessageChannel()
      const address = `data:text/javascript;charset=utf-8,${encodeURIComponent(script)}`
      frame.contentWindow?.postMessage(address, '*', [channel.port2])
      return channel.port1
    },
    remove() {
      removeEventListener('message', listen)
      frame.remove()
    },
  }
}
