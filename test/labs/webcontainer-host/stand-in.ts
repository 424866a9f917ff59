/**
 * The stand-in for StackBlitz's service: lets the genuine client library run against real Node children on this machine.
 *
 * ```
 * test page ── client ── Comlink ── frame (frame.ts) ── WebSocket ── here: instances, files, children
 * ```
 *
 * It proves our code path and the client; nothing about Node's version there, its sockets, kill, memory or boot time.
 *
 * It starts processes on request, and any web page can reach a loopback port. So: bound to 127.0.0.1 on a fresh port, the
 * `Host` header and the page's host are checked, only one page's origin may frame it and is told `init`, the WebSocket needs
 * the frame's own `Origin` and a random token, only `node` and `jsh` run, with a clean environment, and paths stay inside.
 */
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type WebSocket, WebSocketServer } from 'ws'
import { Bytes, Instance } from './instance.ts'
import { type Quirks, USUAL_QUIRKS } from './quirks.ts'
import { pack, type Reply, type Request, unpack } from './wire.ts'

/** The client library these answers were written for. */
export const CLIENT_VERSION = '1.6.4'

const FRAME = fileURLToPath(new URL('./frame.ts', import.meta.url))
const COMLINK = fileURLToPath(new URL('../../../node_modules/@webcontainer/api/dist/vendor/index.js', import.meta.url))
/** One message of a frame: a mounted tree. */
const MESSAGE_BYTES_MAX = 64 * 1024 * 1024

export interface StandInOptions {
  /** Origin of the one page that may use it. */
  readonly pageOrigin: string
  readonly quirks?: Partial<Quirks>
  /** The executable behind `node`; this process's own when left out. */
  readonly node?: string
}

export interface StandIn {
  /** What a page names as `WEBCONTAINER_API_IFRAME_URL`. */
  readonly origin: string
  /** Directories of the instances that are there now. */
  readonly folders: () => readonly string[]
  /** Ends all processes, removes all directories, stops listening. */
  close(): Promise<void>
}

let frameScript: Promise<string> | undefined

export async function startStandIn(options: StandInOptions): Promise<StandIn> {
  frameScript ??= bundleFrame()
  const service = new Service(options, await frameScript)
  await service.listen()
  return service
}

async function bundleFrame(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [FRAME],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    alias: { 'webcontainer-client-comlink': COMLINK },
  })
  return outputFiles[0]!.text
}

class Service implements StandIn {
  readonly #options: StandInOptions
  readonly #quirks: Quirks
  readonly #script: string
  readonly #token = randomBytes(16).toString('hex')
  readonly #server = createServer((request, response) => this.#answer(request, response))
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_BYTES_MAX })
  readonly #instances = new Map<number, Instance>()
  #next = 1
  #origin = ''

  constructor(options: StandInOptions, script: string) {
    this.#options = options
    this.#quirks = { ...USUAL_QUIRKS, ...options.quirks }
    this.#script = script
    this.#server.on('upgrade', (request, socket, head) => {
      const isOwn = request.headers.origin === this.#origin && this.#isOwnHost(request)
      if (!isOwn || request.url !== `/socket?token=${this.#token}`)
        return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
      this.#sockets.handleUpgrade(request, socket, head, (webSocket) => this.#serve(webSocket))
    })
  }

  get origin(): string {
    return this.#origin
  }

  folders(): readonly string[] {
    return [...this.#instances.values()].map(({ folder }) => folder)
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    this.#origin = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate()
    await Promise.all([...this.#instances.keys()].map((number) => this.#end(number)))
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #isOwnHost(request: IncomingMessage): boolean {
    return `http://${request.headers.host}` === this.#origin
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { frame, warningFirst } = this.#quirks
    const isHeadless = request.url?.split('?')[0] === '/headless'
    if (!this.#isOwnHost(request)) return void response.writeHead(403).end('wrong host')
    if (!isHeadless) return void response.writeHead(404).end('not found')
    if (frame === 'hangs') return
    response.setHeader('Content-Type', 'text/html; charset=utf-8')
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin')
    response.setHeader('Content-Security-Policy', `frame-ancestors ${this.#options.pageOrigin}`)
    if (frame !== 'no-coep') response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp')
    if (frame === 'missing') return void response.writeHead(404).end('not found')
    if (frame === 'forbidden') {
      response.removeHeader('Content-Security-Policy')
      response.setHeader('X-Frame-Options', 'DENY')
    }
    const baked = JSON.stringify({ token: this.#token, pageOrigin: this.#options.pageOrigin, warningFirst })
    const script = frame === 'silent' ? '' : this.#script.replaceAll('</script', '<\\/script')
    response.end(
      `<!doctype html><title>stand-in</title><script type="application/json" id="baked">${baked}</script><script>${script}</script>`,
    )
  }

  #serve(socket: WebSocket): void {
    const own = new Set<number>()
    const tell = (head: Reply, bytes?: Uint8Array) => {
      if (socket.readyState === socket.OPEN) socket.send(pack(head, bytes))
    }
    socket.on('message', (message: Buffer) => {
      const { head, bytes } = unpack(message)
      void this.#handle(head as unknown as Request, bytes, own, tell)
    })
    socket.on('close', () => {
      for (const number of own) void this.#end(number)
    })
  }

  async #handle(request: Request, bytes: Uint8Array, own: Set<number>, tell: Tell): Promise<void> {
    const { id } = request
    try {
      const result =
        request.call === 'build' ? await this.#build(request, own, tell) : await this.#call(request, own, bytes)
      if (result instanceof Bytes) tell({ id, hasBytes: true } as Reply, result.bytes)
      else tell({ id, result })
    } catch (error) {
      const { message, name, stack = '' } = error as Error
      tell({ id, error: { message, name, stack } })
    }
  }

  async #build(request: Request, own: Set<number>, tell: Tell): Promise<number> {
    const { host, version } = request.args[0] as { host: string; version: string }
    if (`http://${host}` !== this.#options.pageOrigin) throw new Error(`${host} may not use this stand-in`)
    if (version !== CLIENT_VERSION) throw new Error(`the stand-in speaks with client ${CLIENT_VERSION}, not ${version}`)
    await new Promise((resolve) => setTimeout(resolve, this.#quirks.bootDelayMs))
    const number = this.#next++
    this.#instances.set(number, new Instance(number, this.#quirks, this.#options.node ?? process.execPath, tell))
    own.add(number)
    return number
  }

  async #call(request: Request, own: ReadonlySet<number>, bytes: Uint8Array): Promise<unknown> {
    const instance = own.has(request.instance) ? this.#instances.get(request.instance) : undefined
    if (instance === undefined) throw new Error('this instance was torn down')
    if (request.call === 'teardown') return this.#end(request.instance)
    return instance.call(request.call, request.args, bytes)
  }

  async #end(number: number): Promise<void> {
    const instance = this.#instances.get(number)
    this.#instances.delete(number)
    await instance?.end()
  }
}

type Tell = (head: Reply, bytes?: Uint8Array) => void
