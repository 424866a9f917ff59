/**
 * The only code of ours that runs inside a guest before the learner's does: makes a `Host` out of one host function.
 *
 * Everything crosses as a number, a string or an ArrayBuffer. What a learner's code does to the prototypes in here changes
 * only what this one node says; nobody outside looks at an object of this realm.
 *
 * Linked like any module of a lab; `boot` is called once for each life of a node.
 */
import { DiskError, type Host } from '../../../reference/host/host.ts'
import type { Program } from '../../../reference/host/program.ts'
import type { NodeCalls, NodeEvents } from '../../../reference/host/sim/node-port.ts'
import { PortHost } from '../../../reference/host/sim/port-host.ts'

type Primitive = string | number | undefined
/** The host's one function: name of the call, then its arguments. Disk failures come back as text after a `\u0001`. */
export type HostCall = (name: string, ...args: (Primitive | ArrayBuffer)[]) => Primitive | ArrayBuffer

/** Makes one life of a node; returns what takes its events. */
export function boot(name: string, program: Program, call: HostCall, traceOn: number): NodeEvents & Host {
  const bytesOf = (bytes: Uint8Array) =>
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
  const disk = (method: string, ...args: (Primitive | ArrayBuffer)[]) => {
    const result = call(method, ...args)
    if (typeof result === 'string' && result.startsWith('\u0001')) {
      const [, code = 'EIO', path = '', what = ''] = result.split('\u0001')
      throw new DiskError(code as DiskError['code'], path, what)
    }
    return result
  }
  const calls: NodeCalls = {
    name,
    nowMs: () => call('nowMs') as number,
    monotonicMs: () => call('monotonicMs') as number,
    setTimer: (delayMs) => call('setTimer', delayMs) as number,
    cancelTimer: (timer) => void call('cancelTimer', timer),
    listen: (address) => call('listen', address) as number,
    unlisten: (listener) => void call('unlisten', listener),
    connect: (address) => call('connect', address) as number,
    send: (connection, bytes) => call('send', connection, bytesOf(bytes)) as number,
    closeConnection: (connection) => void call('closeConnection', connection),
    resetConnection: (connection) => void call('resetConnection', connection),
    resolve: (hostName) => call('resolve', hostName) as string,
    list: (directory) => {
      const text = disk('list', directory) as string
      return text === '' ? [] : text.split('\n')
    },
    sizeBytes: (path) => disk('sizeBytes', path) as number,
    openFile: (path) => disk('openFile', path) as number,
    read: (file, atBytes, lengthBytes) => new Uint8Array(disk('read', file, atBytes, lengthBytes) as ArrayBuffer),
    write: (file, atBytes, bytes) => void disk('write', file, atBytes, bytesOf(bytes)),
    resize: (file, sizeBytes) => void disk('resize', file, sizeBytes),
    sync: (file) => disk('sync', file) as number,
    closeFile: (file) => void disk('closeFile', file),
    rename: (from, to) => void disk('rename', from, to),
    remove: (path) => void disk('remove', path),
    syncDirectory: (directory) => disk('syncDirectory', directory) as number,
    lock: (path) => (disk('lock', path) as number) === 1,
    usedRatio: () => (call('usedRatioMillionths') as number) / 1_000_000,
    spaceBytes: (of) => call('spaceBytes', of) as number,
    randomInt: (stream, below) => call('randomInt', stream, below) as number,
    traceOn: () => traceOn === 1,
    emit: (kind, facts) => void call('emit', kind, JSON.stringify(facts)),
    hand: (handedName, text) => call('hand', handedName, text) as number,
    answer: (id, result, error) => void call('answer', id, result, error),
    ready: () => void call('ready'),
    failed: (sentence) => void call('failed', sentence),
    stopped: () => void call('stopped'),
  }
  return new PortHost(calls, program)
}

/** Delivers one event by name: the host can then pass everything through one guest function. */
export function deliver(
  events: NodeEvents,
  name: keyof NodeEvents,
  args: readonly (string | number | ArrayBuffer)[],
): void {
  const [a, b, c, d] = args as never[]
  if (name === 'start') events.start(JSON.parse(a as unknown as string) as string[])
  else if (name === 'bytes') events.bytes(a as unknown as number, new Uint8Array(b as unknown as ArrayBuffer))
  else (events[name] as (...rest: unknown[]) => void)(a, b, c, d)
}
