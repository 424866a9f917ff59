/** What goes in wrong comes back as a sentence, and nobody else notices. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeFrame, encodeFrame, FrameSplitter } from '../../reference/remoting/frame-codec.ts'
import { makeRequest, type RemotingCommand } from '../../reference/remoting/remoting-command.ts'
import { glassmqBroker, glassmqNameServer } from '../interop/glassmq.ts'
import type { BrokerProcess, ServerProcess } from '../interop/peers.ts'
import { freePort } from '../support/ports.ts'
import { hostileInputs } from '../support/recorded.ts'

const CLI = fileURLToPath(new URL('../../reference/cli/main.mjs', import.meta.url))
const directory = mkdtempSync(join(tmpdir(), 'glassmq-bad-input-'))
let nameServer: ServerProcess
let broker: BrokerProcess

beforeAll(async () => {
  nameServer = await glassmqNameServer()
  broker = await glassmqBroker({ namesrv: nameServer.address })
})
afterAll(async () => {
  await broker?.kill()
  await nameServer?.kill()
  rmSync(directory, { recursive: true, force: true })
})

/** Sends bytes on a connection of their own; the frames that came back and whether the peer closed it. */
function exchange(address: string, parts: readonly Uint8Array[], answers: number, withinMs = 5_000) {
  const [host, port] = address.split(':') as [string, string]
  return new Promise<{ frames: RemotingCommand[]; closed: boolean }>((resolve) => {
    const socket = connect(Number(port), host)
    const splitter = new FrameSplitter()
    const frames: RemotingCommand[] = []
    const end = (closed: boolean) => {
      clearTimeout(limit)
      socket.destroy()
      resolve({ frames, closed })
    }
    const limit = setTimeout(() => end(false), withinMs)
    socket.on('data', (bytes) => {
      splitter.push(bytes, (frame) => frames.push(decodeFrame(frame)))
      if (answers > 0 && frames.length >= answers) end(false)
    })
    socket.on('error', () => {})
    socket.on('close', () => end(true))
    for (const part of parts) socket.write(part)
  })
}

/** The server still answers: an unknown request code gets its sentence. */
async function expectAlive(address: string): Promise<void> {
  const { frames } = await exchange(address, [encodeFrame(makeRequest({ code: 9_999, extFields: {} }, 1, false))], 1)
  expect(frames[0]).toMatchObject({ code: 3, opaque: 1, remark: expect.stringContaining('9999 not supported') })
}

describe('on the wire', () => {
  it.each([
    ['a hostile length', Uint8Array.of(0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 1)],
    ['a negative length', Uint8Array.of(0xff, 0xff, 0xff, 0xff)],
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: broker\r\n\r\n')],
    ['garbage', Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 167 + 13) & 0xff))],
  ])('%s closes that connection and no other', async (_name, bytes) => {
    for (const address of [broker.address, nameServer.address]) {
      expect((await exchange(address, [bytes], 0)).closed).toBe(true)
      await expectAlive(address)
    }
  })

  it('434 recorded attacks, all at once on the same broker: it answers or closes, and lives', async () => {
    const inputs = hostileInputs().filter((input) => input.peer !== 'ha' && input.in !== undefined)
    for (let at = 0; at < inputs.length; at += 40) {
      await Promise.all(
        inputs.slice(at, at + 40).map(({ in: input, peer, answer }) => {
          const parts = (typeof input === 'string' ? [input] : input!).map((part) => Buffer.from(part, 'hex'))
          const address = peer === 'broker' ? broker.address : nameServer.address
          return exchange(address, parts, Math.max(1, answer?.length ?? 0), 1_000)
        }),
      )
    }
    await expectAlive(broker.address)
    await expectAlive(nameServer.address)
  })
})

describe('on the command line', () => {
  const mq = (...args: string[]) => {
    const { stderr, status } = spawnSync(process.execPath, [CLI, ...args], {
      cwd: directory,
      encoding: 'utf8',
      timeout: 60_000,
      env: { ...process.env, NAMESRV_ADDR: '' },
    })
    return { status, said: stderr.trim() }
  }
  const conf = (text: string) => {
    const path = join(directory, 'broker.conf')
    writeFileSync(path, text)
    return path
  }

  it('a Node that runs no TypeScript', () => {
    const flag = '--no-experimental-strip-types'
    const { stderr, status } = spawnSync(process.execPath, [flag, CLI, '--help'], { encoding: 'utf8', timeout: 60_000 })
    expect([status, stderr.trim().split('\n')]).toEqual([2, [expect.stringMatching(/^mq: this Node .*npm run mq/)]])
  })

  it('a port in use', async () => {
    const server = createServer()
    const port = await freePort()
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    const { status, said } = mq('namesrv', '--port', String(port))
    server.close()
    expect(status).toBe(1)
    expect(said).toMatch(new RegExp(`^mq: .*${port}.*in use.*$`))
  })

  it('a NameServer that is not there', async () => {
    const { status, said } = mq('admin', 'topicList', '-n', `127.0.0.1:${await freePort()}`)
    expect(status).toBe(1)
    expect(said.split('\n')).toHaveLength(1)
    expect(said).toMatch(/^mq: .*(connect|reach).*/)
  })

  it.each([
    ['no such file', () => 'missing.conf', /missing\.conf/],
    ['a number that is none', () => conf('listenPort=abc\n'), /listenPort.*abc/],
    ['a port out of range', () => conf('listenPort=70000\n'), /listenPort.*70000/],
    ['an unknown value', () => conf('flushDiskType=SOMETIMES\n'), /flushDiskType.*SOMETIMES/],
  ])('a broken broker.conf: %s', (_name, path, sentence) => {
    const { status, said } = mq('broker', '-c', path())
    expect(status).toBe(1)
    expect(said.split('\n'), said).toHaveLength(1)
    expect(said).toMatch(sentence)
  })

  it.each([
    ['broker', (path: string) => [`storePathRootDir=${path}`]],
    ['namesrv', (path: string) => ['--dir', path]],
    ['controller', (path: string) => [`controllerStorePath=${path}`]],
  ] as const)('%s in a directory that is a file, below one, and where nothing can be made', (server, args) => {
    for (const path of [conf('x=y\n'), `${conf('x=y\n')}/store`, '/proc/nobody']) {
      const { status, said } = mq(server, ...args(path))
      expect(status, path).toBe(1)
      expect(said.split('\n'), said).toHaveLength(1)
      expect(said).toContain(`the directory ${path} cannot be used`)
    }
  })

  it('a kvConfig.json that is damaged', () => {
    const path = join(directory, 'names')
    mkdirSync(path)
    writeFileSync(join(path, 'kvConfig.json'), '{"configTable":{"ORDER')
    const { status, said } = mq('namesrv', '--dir', path, '--port', '0')
    expect(status).toBe(1)
    expect(said.split('\n'), said).toHaveLength(1)
    expect(said).toMatch(/kvConfig\.json cannot be read .*repair it/)
  })

  it('a raft.journal that is damaged', () => {
    const path = join(directory, 'controller')
    mkdirSync(path)
    writeFileSync(join(path, 'raft.journal'), '00000000 {"kind":"head"}\n')
    const group = ['controllerDLegerGroup=g', 'controllerDLegerPeers=n0-127.0.0.1:9878', 'controllerDLegerSelfId=n0']
    const { status, said } = mq('controller', ...group, `controllerStorePath=${path}`)
    expect(status).toBe(1)
    expect(said.split('\n'), said).toHaveLength(1)
    expect(said).toMatch(/raft\.journal is damaged at its start: remove the file only if/)
  })

  it('an unknown command', () => {
    const { status, said } = mq('brokr')
    expect(status).not.toBe(0)
    expect(said).toMatch(/brokr/)
  })
})
