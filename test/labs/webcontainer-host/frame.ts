/**
 * Runs in the stand-in's frame: answers the genuine client over Comlink, and has the server do the work.
 *
 * Every object is a proxy, callbacks arrive as proxies, a rejection crosses as message, name and stack. Bundled with the
 * client's own Comlink, because other builds use message types it does not understand.
 */
import { Comlink } from 'webcontainer-client-comlink'
import { pack, type Request, unpack } from './wire.ts'

interface Baked {
  readonly token: string
  readonly pageOrigin: string
  readonly warningFirst: boolean
  readonly unknownCommand: boolean
}

type Bytes = Uint8Array<ArrayBuffer>
type Listener = (...args: unknown[]) => void

const baked = JSON.parse(document.getElementById('baked')!.textContent!) as Baked
const socket = new WebSocket(`ws://${location.host}/socket?token=${baked.token}`)
socket.binaryType = 'arraybuffer'

const answers = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
const processes = new Map<
  number,
  { output: ((bytes: Bytes | null) => void) | undefined; exit: (code: number) => void }
>()
const watchers = new Map<number, Listener>()
const listeners = new Map<string, Set<Listener>>()
let nextId = 1

socket.onmessage = ({ data }) => {
  const { head, bytes } = unpack(new Uint8Array(data as ArrayBuffer))
  if ('id' in head) answer(head, bytes)
  else if ('process' in head) processEvent(head, bytes)
  else if ('watcher' in head) watchers.get(head['watcher'] as number)?.(...(head['args'] as unknown[]))
  else
    for (const listener of listeners.get(`${head['instance']} ${head['event']}`) ?? [])
      listener(...(head['args'] as unknown[]))
}

function answer(head: Record<string, unknown>, bytes: Bytes): void {
  const waiting = answers.get(head['id'] as number)
  answers.delete(head['id'] as number)
  const error = head['error'] as { message: string; name: string; stack: string } | undefined
  if (error !== undefined)
    waiting?.reject(Object.assign(new Error(error.message), { name: error.name, stack: error.stack }))
  else waiting?.resolve(head['hasBytes'] === true ? Comlink.transfer(bytes, [bytes.buffer]) : head['result'])
}

function processEvent(head: Record<string, unknown>, bytes: Bytes): void {
  const process = processes.get(head['process'] as number)
  if (head['event'] === 'exit') process?.exit(head['code'] as number)
  else if (head['event'] === 'end') process?.output?.(null)
  else process?.output?.(Comlink.transfer(bytes, [bytes.buffer]))
}

function ask(instance: number, call: string, args: readonly unknown[], bytes?: Uint8Array): Promise<unknown> {
  const id = nextId++
  const request: Request = { id, instance, call, args }
  return new Promise((resolve, reject) => {
    answers.set(id, { resolve, reject })
    socket.send(pack(request, bytes))
  })
}

function fileSystem(instance: number) {
  const plain =
    (call: string) =>
    (...args: unknown[]) =>
      ask(instance, call, args)
  return {
    readFile: plain('readFile'),
    mkdir: plain('mkdir'),
    rm: plain('rm'),
    rename: plain('rename'),
    readdir: plain('readdir'),
    writeFile: (path: string, data: string | Uint8Array, options: unknown) =>
      typeof data === 'string'
        ? ask(instance, 'writeFile', [path, options, data])
        : ask(instance, 'writeFile', [path, options], data),
    async watch(path: string, options: unknown, listener: Listener) {
      const watcher = nextId++
      watchers.set(watcher, listener)
      await ask(instance, 'watch', [watcher, path, options])
      return Comlink.proxy({
        async close() {
          watchers.delete(watcher)
          await ask(instance, 'unwatch', [watcher])
        },
      })
    },
  }
}

interface RunOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd?: string
  readonly env?: Record<string, string>
  readonly terminal?: { cols: number; rows: number }
}

async function run(instance: number, options: RunOptions, output: ((bytes: Bytes | null) => void) | undefined) {
  const process = nextId++
  const onExit = new Promise<number>((exit) => processes.set(process, { output, exit }))
  await ask(instance, 'run', [process, options])
  return Comlink.proxy({
    onExit,
    write: (text: string) => ask(instance, 'write', [process, text]),
    kill: () => ask(instance, 'kill', [process]).catch(() => {}), // the client does not catch these two
    resize: (size: unknown) => ask(instance, 'resize', [process, size]).catch(() => {}),
  })
}

function newInstance(instance: number) {
  return {
    fs: () => Comlink.proxy(fileSystem(instance)),
    previewScript: () => null,
    runtimeInfo: () => ask(instance, 'runtimeInfo', []),
    run: (options: RunOptions, _out: unknown, _err: unknown, output: ((bytes: Bytes | null) => void) | undefined) =>
      run(instance, options, output),
    on(event: string, listener: Listener) {
      const key = `${instance} ${event}`
      const own = listeners.get(key) ?? new Set()
      listeners.set(key, own.add(listener))
      return Comlink.proxy(() => void own.delete(listener))
    },
    loadFiles: (tree: Uint8Array, options: unknown) => ask(instance, 'loadFiles', [options], tree),
    serialize: (path: string, options: unknown) => ask(instance, 'serialize', [path, options]),
    setPreviewScript() {},
    setCredentials() {},
    teardown: () => ask(instance, 'teardown', []),
  }
}

const server = {
  async build(options: unknown) {
    return Comlink.proxy(newInstance((await ask(0, 'build', [options])) as number))
  },
}

socket.onopen = () => {
  if (baked.warningFirst)
    parent.postMessage({ type: 'warning', level: 'warn', message: 'a warning of the stand-in' }, baked.pageOrigin)
  const { port1, port2 } = new MessageChannel()
  Comlink.expose(server, port1)
  parent.postMessage({ type: 'init' }, baked.pageOrigin, [port2])
}
