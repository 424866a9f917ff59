/** The stand-in starts processes on request: what it must refuse, and that it leaves nothing behind. */
import { existsSync } from 'node:fs'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { Bytes, Instance } from '../webcontainer-host/instance.ts'
import { USUAL_QUIRKS } from '../webcontainer-host/quirks.ts'
import { CLIENT_VERSION, type StandIn, startStandIn } from '../webcontainer-host/stand-in.ts'
import { pack, unpack } from '../webcontainer-host/wire.ts'

const PAGE = 'http://127.0.0.1:9'
const NONE = new Uint8Array()

let standIn: StandIn
let token: string

beforeAll(async () => {
  standIn = await startStandIn({ pageOrigin: PAGE })
  const html = await (await fetch(`${standIn.origin}/headless`)).text()
  token = /"token":"([0-9a-f]+)"/.exec(html)![1]!
})
afterAll(() => standIn.close())

/** The status of an upgrade: 101 when it is let in. */
function knock(path: string, origin: string): Promise<WebSocket | number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${standIn.origin.replace('http', 'ws')}${path}`, { origin })
    socket.on('open', () => resolve(socket))
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
    socket.on('error', () => {})
  })
}

async function build(host: string, version: string): Promise<string> {
  const socket = (await knock(`/socket?token=${token}`, standIn.origin)) as WebSocket
  socket.send(pack({ id: 1, instance: 0, call: 'build', args: [{ host, version }] }))
  const message = await new Promise<Buffer>((resolve) => socket.once('message', resolve))
  socket.close()
  const error = unpack(message).head['error'] as { message: string } | undefined
  return error?.message ?? ''
}

describe('the stand-in for the WebContainer service', () => {
  it('lets only its own frame, with its token, connect', async () => {
    expect(await knock(`/socket?token=${token}`, PAGE)).toBe(403)
    expect(await knock('/socket?token=0', standIn.origin)).toBe(403)
    expect(await knock('/socket', standIn.origin)).toBe(403)
  })

  it('answers only under its own address', async () => {
    const { port } = new URL(standIn.origin)
    const status = await new Promise((resolve) => {
      request({ host: '127.0.0.1', port, path: '/headless', headers: { host: 'evil.example' } }, (response) => {
        response.resume()
        resolve(response.statusCode)
      }).end()
    })
    expect(status).toBe(403)
  })

  it('lets only one page frame it', async () => {
    const response = await fetch(`${standIn.origin}/headless`)
    expect(response.headers.get('content-security-policy')).toBe(`frame-ancestors ${PAGE}`)
  })

  it('builds only for that page and for the client it was written for', async () => {
    expect(await build('evil.example', CLIENT_VERSION)).toMatch(/may not use/)
    expect(await build('127.0.0.1:9', '1.0.0')).toMatch(/speaks with client/)
    expect(await build('127.0.0.1:9', CLIENT_VERSION)).toBe('')
  })

  describe('an instance', () => {
    const told: Record<string, unknown>[] = []
    const instance = new Instance(1, USUAL_QUIRKS, process.execPath, (head) => told.push({ ...head }))
    afterAll(() => instance.end())

    it.each(['../outside', '/etc/passwd', 'a/../../outside'])('keeps the path %s inside', async (path) => {
      await expect(instance.call('readFile', [path], NONE)).rejects.toThrow(/leads out/)
      await expect(instance.call('writeFile', [path, {}, 'x'], NONE)).rejects.toThrow(/leads out/)
      await expect(instance.call('rm', [path, { recursive: true, force: true }], NONE)).rejects.toThrow(/leads out/)
    })

    it('mounts no link that leads out, and follows none', async () => {
      const tree = Buffer.from(JSON.stringify({ d: { link: { f: { l: '/etc' } } } }))
      await expect(instance.call('loadFiles', [{}], tree)).rejects.toThrow(/leads out/)
    })

    it('runs nothing but node and a shell', async () => {
      for (const command of ['npm', '/bin/sh', 'bash'])
        await expect(instance.call('run', [1, { command, args: [] }], NONE)).rejects.toThrow(`spawn ${command} ENOENT`)
    })

    it('has the file calls of the client', async () => {
      await instance.call('mkdir', ['a/b', { recursive: true }], NONE)
      await instance.call('writeFile', ['a/b/c', null], Buffer.from('héllo'))
      expect(await instance.call('readFile', ['a/b/c', 'utf8'], NONE)).toBe('héllo')
      expect((await instance.call('readFile', ['a/b/c'], NONE)) as Bytes).toBeInstanceOf(Bytes)
      await instance.call('rename', ['a/b/c', 'a/d'], NONE)
      expect(await instance.call('readdir', ['a', { withFileTypes: true }], NONE)).toEqual([
        { name: 'b', 'Symbol(type)': 2 },
        { name: 'd', 'Symbol(type)': 1 },
      ])
      await expect(instance.call('loadFiles', [{ mountPoints: 'nowhere' }], Buffer.from('{"d":{}}'))).rejects.toThrow(
        'ENOENT',
      )
    })

    it('ends its processes and removes its directory', async () => {
      await instance.call('run', [7, { command: 'node', args: ['-e', 'setInterval(() => {}, 1000)'] }], NONE)
      expect(existsSync(instance.folder)).toBe(true)
      await instance.end()
      expect(existsSync(instance.folder)).toBe(false)
      expect(told).toContainEqual({ process: 7, event: 'exit', code: 137 })
    })
  })
})
