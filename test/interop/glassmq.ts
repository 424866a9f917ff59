/**
 * GlassMQ's own servers as processes, started by the command line as a user would.
 *
 *   glassmq namesrv --port PORT        glassmq broker -c broker.conf        (reference/cli/main.mjs)
 *
 * A server is ready when it printed a line with "boot success". The broker reads RocketMQ's property format, so it gets
 * the very settings the official broker gets.
 */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BROKER_PORT_OFFSETS, freePort } from '../support/ports.ts'
import { temporaryFolder } from '../support/temp.ts'
import { startChild } from './child.ts'
import {
  type BrokerProcess,
  commonBrokerSettings,
  type Properties,
  type ServerProcess,
  writeProperties,
} from './peers.ts'

const CLI = fileURLToPath(new URL('../../reference/cli/main.mjs', import.meta.url))
const READY_LIMIT_MS = 20_000

/** Why GlassMQ's servers cannot be started, or undefined when they can. */
export function glassmqMissing(): string | undefined {
  return existsSync(CLI) ? undefined : 'GlassMQ has no command line yet (reference/cli/main.mjs)'
}

/** Starts GlassMQ's name server on a free port. */
export async function glassmqNameServer(settings: Properties = {}): Promise<ServerProcess> {
  const port = await freePort()
  const folder = temporaryFolder('namesrv').path
  const words = Object.entries(settings).map(([name, value]) => `${name}=${value}`)
  return start('GlassMQ name server', ['namesrv', '--port', String(port), '--dir', folder, ...words], port, folder)
}

/** Starts GlassMQ's broker; options as for `officialBroker`. */
export async function glassmqBroker(options: {
  namesrv: string
  config?: Properties
  storeDir?: string
}): Promise<BrokerProcess> {
  const port = await freePort(BROKER_PORT_OFFSETS)
  const folder = temporaryFolder('broker').path
  const storeDir = options.storeDir ?? join(folder, 'store')
  mkdirSync(storeDir, { recursive: true })
  const conf = join(folder, 'broker.conf')
  writeProperties(conf, { ...commonBrokerSettings({ namesrv: options.namesrv, port, storeDir }), ...options.config })
  const again = async (): Promise<BrokerProcess> => ({
    ...(await start('GlassMQ broker', ['broker', '-c', conf], port, folder)),
    storeDir,
    startAgain: again,
  })
  return again()
}

/** Starts a group of GlassMQ's controllers on free ports; one that has ended starts again with `startAgain()`. */
export async function glassmqControllers(count: number): Promise<readonly ControllerProcess[]> {
  const ports: number[] = []
  for (let i = 0; i < count; i++) ports.push(await freePort())
  const peers = ports.map((port, i) => `n${i}-127.0.0.1:${port}`).join(';')
  return Promise.all(
    ports.map((port, i) => {
      const folder = temporaryFolder(`controller-${i}`).path
      const conf = join(folder, 'controller.conf')
      writeProperties(conf, {
        controllerType: 'DLedger',
        controllerDLegerGroup: 'group1',
        controllerDLegerPeers: peers,
        controllerDLegerSelfId: `n${i}`,
        controllerStorePath: join(folder, 'store'),
        bindAddress: '127.0.0.1',
      })
      const again = async (): Promise<ControllerProcess> => ({
        ...(await start(`GlassMQ controller n${i}`, ['controller', '-c', conf], port, folder)),
        startAgain: again,
      })
      return again()
    }),
  )
}

/** A controller that can be started again where it was. */
export interface ControllerProcess extends ServerProcess {
  startAgain(): Promise<ControllerProcess>
}

async function start(name: string, args: readonly string[], port: number, cwd: string): Promise<ServerProcess> {
  const startedAt = performance.now()
  const child = await startChild({ name, command: process.execPath, args: [CLI, ...args], cwd })
  try {
    await child.waitForLine('boot success', READY_LIMIT_MS)
  } catch (error) {
    await child.kill()
    throw error
  }
  return {
    name,
    address: `127.0.0.1:${port}`,
    readyMs: Math.round(performance.now() - startedAt),
    pid: child.pid,
    stop: () => child.stop(),
    kill: () => child.kill(),
  }
}
