/**
 * What one callback of a server throws ends neither the server nor hides: on a real host it is a line in the log, in the
 * simulator it ends the run.
 */
import { connect } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { assert } from '../../reference/common/assert.ts'
import { guardedHost } from '../../reference/host/guard.ts'
import type { Host } from '../../reference/host/host.ts'
import { createFaultyHost } from '../../reference/host/node/faults.ts'
import { createNodeHost, type NodeHost } from '../../reference/host/node/node-host.ts'
import type { Program } from '../../reference/host/program.ts'
import { SimCluster } from '../../reference/host/sim/cluster.ts'
import { temporaryFolder } from '../support/temp.ts'

/** A server each of whose callbacks throws, by an assertion, when it is called the first time. */
const CALLBACKS = ['timer', 'sync', 'directory', 'accepted', 'bytes', 'closed', 'opened', 'connecting'] as const
type Callback = (typeof CALLBACKS)[number]

/** What a callback did: `threw` once, and what came after it. */
type Heard = (callback: Callback, count: number) => void

function throwingServer(given: Host, address: string, heard: Heard, listening: (address: string) => void): void {
  const host = guardedHost(given)
  const counts = new Map<Callback, number>()
  const fail = (callback: Callback) => {
    const count = (counts.get(callback) ?? 0) + 1
    counts.set(callback, count)
    heard(callback, count)
    assert(count > 1, () => `the first ${callback} is wrong`)
  }
  for (const delayMs of [0, 1]) host.clock.after(delayMs, () => fail('timer'))
  const file = host.disk.open('file')
  for (let i = 0; i < 2; i++) {
    host.disk.sync(file, () => fail('sync'))
    host.disk.syncDirectory('', () => fail('directory'))
  }
  host.network.listen(address, {
    onListening: (real) => {
      listening(real)
      for (let i = 0; i < 4; i++)
        host.network.connect(real, {
          onOpened: () => fail('opened'),
          onBytes: () => {},
          onClosed: () => fail('connecting'),
        })
    },
    onFailed: () => {},
    onConnection: () => {
      fail('accepted')
      return { onBytes: () => fail('bytes'), onClosed: () => fail('closed') }
    },
  })
}

let folder: ReturnType<typeof temporaryFolder>
let host: NodeHost | undefined
beforeEach(() => {
  folder = temporaryFolder('guard')
})
afterEach(() => {
  host?.dispose()
  folder.remove()
})

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let i = 0; i < 5_000; i++) {
    if (holds()) return
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  throw new Error(`waited in vain until ${what}`)
}

test('on a real host every kind of callback may throw: the log says so, the connection goes, the server stays', async () => {
  const log: string[] = []
  const counts = new Map<Callback, number>()
  let address = ''
  host = createNodeHost({ name: 'server', directory: folder.path, onLog: (_level, text) => void log.push(text) })
  throwingServer(
    host,
    '127.0.0.1:0',
    (callback, count) => counts.set(callback, count),
    (real) => {
      address = real
    },
  )
  await until('the server listens', () => address !== '')
  const port = Number(address.split(':')[1])
  const client = async () => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write('hello')
    await new Promise((resolve) => socket.on('close', resolve).setTimeout(300, () => socket.destroy()))
  }
  for (let i = 0; i < 6; i++) await client()
  await until('each has been called again', () => CALLBACKS.every((callback) => (counts.get(callback) ?? 0) > 1))
  for (const callback of CALLBACKS)
    expect(log.filter((line) => line.includes(`the first ${callback} is wrong`))).toHaveLength(1)
  expect(log[0]).toMatch(/threw and was given up: AssertionError: .*guard\.test\.ts/)
})

test('in the simulator the first of them ends the run, with the assertion', async () => {
  const program: Program = (given) => {
    throwingServer(
      given,
      'server:7000',
      () => {},
      () => {},
    )
    return { stop: (done) => done() }
  }
  const cluster = new SimCluster({ seed: 1, programs: { server: program } })
  const run = cluster.driver.run(async (given) => given.start({ name: 'server', program: 'server', args: [] }))
  await expect(run).rejects.toThrow(/server threw AssertionError: the first timer is wrong/)
})

test('a wrapped host passes every call of the real one on, also those that a host need not have', () => {
  host = createNodeHost({ name: 'server', directory: folder.path })
  const wrapped = { guarded: guardedHost(host), faulty: createFaultyHost(host, (address) => address, undefined) }
  const lost: string[] = []
  for (const part of ['clock', 'network', 'disk'] as const)
    for (const call of Object.getOwnPropertyNames(Object.getPrototypeOf(host[part])))
      if (call !== 'constructor' && call !== 'dispose')
        for (const [name, each] of Object.entries(wrapped))
          if (typeof Reflect.get(each[part], call) !== 'function') lost.push(`${name} has no ${part}.${call}`)
  expect(lost).toEqual([])
})

test('a guarded server that stops reading a connection receives nothing until it reads on', async () => {
  host = createNodeHost({ name: 'server', directory: folder.path })
  const { network } = guardedHost(host)
  let address = ''
  let connection: number | undefined
  let received = 0
  network.listen('127.0.0.1:0', {
    onListening: (real) => {
      address = real
    },
    onFailed: () => {},
    onConnection: (id) => {
      connection = id
      network.setReading?.(id, false)
      return { onBytes: (_, bytes) => void (received += bytes.length), onClosed: () => {} }
    },
  })
  await until('it listens', () => address !== '')
  const socket = connect(Number(address.split(':')[1]), '127.0.0.1')
  let isHanded = false
  socket.write(new Uint8Array(1_000), () => {
    isHanded = true
  })
  await until('the bytes are handed to the kernel', () => connection !== undefined && isHanded)
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(received).toBe(0)
  network.setReading?.(connection!, true)
  await until('they arrive', () => received === 1_000)
  socket.destroy()
})
