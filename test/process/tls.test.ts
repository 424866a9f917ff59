/** Encrypted connections: on the port of plain ones, to whom they must be, and told in a sentence when they cannot be. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect as connectPlain } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Settings } from '../../reference/common/properties-file.ts'
import { createNodeHost } from '../../reference/host/node/node-host.ts'
import { tlsClient } from '../../reference/host/node/tls.ts'
import { AdminClient } from '../../reference/tools/admin-client.ts'
import { runAdminCommand } from '../../reference/tools/commands.ts'
import { glassmqBroker, glassmqNameServer } from '../interop/glassmq.ts'
import type { BrokerProcess, ServerProcess } from '../interop/peers.ts'

const CLI = fileURLToPath(new URL('../../reference/cli/main.mjs', import.meta.url))
const file = (name: string) => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url))
const CERTIFICATE = { 'tls.server.certPath': file('server.crt'), 'tls.server.keyPath': file('server.key') }
const directory = mkdtempSync(join(tmpdir(), 'glassmq-tls-'))
let nameServer: ServerProcess
let broker: BrokerProcess

beforeAll(async () => {
  nameServer = await glassmqNameServer(CERTIFICATE)
  broker = await glassmqBroker({ namesrv: nameServer.address, config: CERTIFICATE })
})
afterAll(async () => {
  await broker?.kill()
  await nameServer?.kill()
  rmSync(directory, { recursive: true, force: true })
})

/** What an admin command prints, over plain or encrypted connections. */
async function admin(settings: Readonly<Record<string, string>>, ...words: string[]): Promise<string> {
  const client = tlsClient(new Settings(new Map(Object.entries(settings)), 'the test'))
  const host = createNodeHost({ name: 'admin', directory, tls: { client } })
  try {
    return await runAdminCommand(words, () => new AdminClient(host, [nameServer.address]))
  } finally {
    host.dispose()
  }
}

const TRUSTING = {
  'tls.enable': 'true',
  'tls.client.trustCertPath': file('server.crt'),
  'tls.client.authServer': 'true',
}

describe('permissive', () => {
  it('serves plain and encrypted clients on one port', async () => {
    for (const settings of [{}, { 'tls.enable': 'true' }, TRUSTING]) {
      expect(await admin(settings, 'clusterList')).toContain(broker.address)
      expect(await admin(settings, 'sendMessage', '-t', 'Secret', '-p', 'x'.repeat(100_000))).toContain('SEND_OK')
    }
    expect(await admin(TRUSTING, 'printMsg', '-t', 'Secret')).toContain('x'.repeat(100_000))
  })

  it('is trusted only with its own certificate', async () => {
    const strict = { 'tls.enable': 'true', 'tls.client.authServer': 'true' }
    await expect(admin(strict, 'clusterList')).rejects.toThrow(/cannot connect/)
  })

  it('a handshake that breaks off, and one that never comes, disturb nobody', async () => {
    const [host, port] = broker.address.split(':') as [string, string]
    const half = connectPlain(Number(port), host)
    half.on('error', () => {})
    half.write(Uint8Array.of(0x16, 3, 1, 0, 5, 1, 0))
    const silent = connectPlain(Number(port), host)
    silent.on('error', () => {})
    expect(await admin(TRUSTING, 'clusterList')).toContain(broker.address)
    half.destroy()
    silent.destroy()
    const garbled: TLSSocket = connectTls({ host, port: Number(port), rejectUnauthorized: false })
    const closed = new Promise((resolve) => garbled.once('close', resolve))
    garbled.on('error', () => {})
    garbled.once('secureConnect', () => garbled.write(Uint8Array.of(0xff, 0xff, 0xff, 0xff)))
    await closed
    expect(await admin({}, 'clusterList')).toContain(broker.address)
  })
})

it('enforcing: who does not encrypt is closed, who does is served', async () => {
  const strict = await glassmqBroker({
    namesrv: nameServer.address,
    config: { ...CERTIFICATE, 'tls.server.mode': 'enforcing', brokerName: 'strict' },
  })
  try {
    await expect(admin({}, 'brokerStatus', '-b', strict.address)).rejects.toThrow(/the connection was lost/)
    expect(await admin(TRUSTING, 'brokerStatus', '-b', strict.address)).toContain('runtime')
  } finally {
    await strict.kill()
  }
})

it.each([
  [['tls.server.mode=enforcing'], 'tls.server.mode is enforcing: set tls.server.certPath and tls.server.keyPath'],
  [['tls.server.certPath=nowhere.crt'], 'tls.server.certPath is nowhere.crt, which cannot be read (ENOENT)'],
  [[`tls.server.certPath=${file('README.md')}`], 'the certificate or its key cannot be used'],
  [['tls.server.mode=on'], 'tls.server.mode is "on"; it must be one of disabled, permissive, enforcing'],
])('settings that cannot work are one sentence: %s', (settings, sentence) => {
  const words = [CLI, 'namesrv', '--port', '0', '--dir', join(directory, 'never'), ...settings]
  const { stderr, status } = spawnSync(process.execPath, words, { encoding: 'utf8' })
  expect(stderr).toContain(sentence)
  expect(stderr.trim().split('\n')).toHaveLength(1)
  expect(status).not.toBe(0)
})
