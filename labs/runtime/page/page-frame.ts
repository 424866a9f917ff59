/**
 * The sandbox of the `page` runtime: a frame without origin that holds one worker without origin.
 *
 * ```
 *  page ── iframe sandbox="allow-scripts" srcdoc ── ten lines of ours ── new Worker('data:…') ── our script
 *   └──────────────────────────── MessagePort ─────────────────────────────────┘
 * ```
 *
 * The arrangement is the one that was measured in three engines; a blob worker or a module worker fails in one of them.
 * The frame inherits the page's policy as well as its own, so a page with a policy must allow `FRAME_SCRIPT` by its hash,
 * and `data:` for scripts and workers. Removing the frame ends the worker at once, whatever it is doing.
 */
import { scriptUrl } from './data-url.ts'

/** All code that the worker begins with: the script that it is sent takes over, and gets the port. */
const WORKER_SCRIPT = 'onmessage=({data,ports})=>{onmessage=null;importScripts(data);onmessage({ports})}'

/**
 * All code that runs in the frame. Its hash is part of the lab pages' policy. The worker begins with the frame, because a browser
 * needs as long for its thread as for all that is done there.
 */
export const FRAME_SCRIPT = `const failed = () => parent.postMessage('worker-failed', '*')
try {
  const worker = new Worker('data:text/javascript,${WORKER_SCRIPT}')
  worker.onerror = failed
  addEventListener('message', ({ source, data, ports }) => {
    if (source !== parent) return
    if (data === 'ready?') parent.postMessage('frame-ready', '*')
    else worker.postMessage(data, [ports[0]])
  })
  parent.postMessage('frame-ready', '*')
} catch {
  failed()
}`

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

/** A frame of our own policy that stands in a page's text has this id. */
const FRAME_ID = 'lab-sandbox'

const ATTRIBUTES: Readonly<Record<string, string>> = {
  sandbox: 'allow-scripts',
  'aria-hidden': 'true',
  title: 'where the lab’s nodes run',
  tabindex: '-1',
  hidden: '',
}

/** The frame as a piece of a page's text: a browser needs longer to begin a frame than for all other parts of the page. */
export function frameHtml(): string {
  const attributes = Object.entries({ id: FRAME_ID, ...ATTRIBUTES, srcdoc: frameDocument() })
  const escaped = (value: string) => value.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
  return `<iframe ${attributes.map(([name, value]) => `${name}="${escaped(value)}"`).join(' ')}></iframe>`
}

/** The frame that stands in the text of this page, unless it was used. `onWord` hears the two words it can say. */
export function frameOfPage(onWord: (word: FrameWord) => void): Frame | undefined {
  const frame = document.querySelector<HTMLIFrameElement>(`iframe#${FRAME_ID}`)
  if (frame === null) return undefined
  frame.removeAttribute('id')
  const opened = frameOf(frame, onWord)
  // it may have said so before anybody listened, or not be there yet: then it says so by itself
  frame.contentWindow?.postMessage('ready?', '*')
  return opened
}

/** Puts a frame into the page. `onWord` hears the two words it can say. */
export function openFrame(policy: string | undefined, onWord: (word: FrameWord) => void): Frame {
  const frame = document.createElement('iframe')
  for (const [name, value] of Object.entries(ATTRIBUTES)) frame.setAttribute(name, value)
  const opened = frameOf(frame, onWord)
  frame.srcdoc = frameDocument(policy)
  document.body.append(frame)
  return opened
}

function frameOf(frame: HTMLIFrameElement, onWord: (word: FrameWord) => void): Frame {
  const listen = (event: MessageEvent) => {
    if (event.source !== frame.contentWindow || frame.contentWindow === null) return
    if (event.data === 'frame-ready' || event.data === 'worker-failed') onWord(event.data)
  }
  addEventListener('message', listen)
  return {
    startWorker(script) {
      const channel = new MessageChannel()
      frame.contentWindow?.postMessage(scriptUrl(script), '*', [channel.port2])
      return channel.port1
    },
    remove() {
      removeEventListener('message', listen)
      frame.remove()
    },
  }
}
