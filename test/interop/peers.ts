/**
 * The official servers as peers: Apache RocketMQ's own name server and broker, run from their published artifacts.
 *
 * Everything binds free ports and advertises 127.0.0.1; the stores lie in temporary folders unless given. A server is
 * ready when it printed "boot success" (seconds, see `readyMs`). `stop()` is orderly, `kill()` is kill -9; a broker can
 * be started again on the same store and port with `startAgain()`. Of the addresses: 4.9 has no option to bind one
 * address only, so its listeners are on all of them; they advertise loopback.
 *
 * The test settings differ from the defaults in sizes (log files of 64 MiB), and in three guards that would refuse
 * requests on a slow or full machine: diskMaxUsedSpaceRatio, waitTimeMillsInSendQueue, osPageCacheBusyTimeOutMills.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BROKER_PORT_OFFSETS, freePort } from '../support/ports.ts'
import { temporaryFolder } from '../support/temp.ts'
import { type Child, startChild } from './child.ts'
import { type JvmTuning, javaHome } from './java-home.ts'
import { javaCommand, javaPeers, type RocketmqLine } from './java-toolchain.ts'

export { type JavaClient, javaClient } from './java-client.ts'
export type { JvmTuning } from './java-home.ts'
export { javaAvailable, javaPeers, ROCKETMQ_LINES, type RocketmqLine } from './java-toolchain.ts'

/** The names every broker of the tests has, so that one server's store fits another. */
export const CLUSTER_NAME = 'InteropCluster'
export const BROKER_NAME = 'interop-broker'

const READY_LIMIT_MS = 60_000
/** A 5.3 broker's orderly shutdown alone takes 12 s. */
const STOP_LIMIT_MS = 45_000

/** A running server process, official or not. */
export interface ServerProcess {
  readonly name: string
  /** host:port it serves. */
  readonly address: string
  /** From the start of the process until it was ready. */
  readonly readyMs: number
  readonly pid: number
  stop(): Promise<void>
  kill(): Promise<void>
}

/** A broker that can be started again where it was. */
export interface BrokerProcess extends ServerProcess {
  readonly storeDir: string
  /** Starts it again with the same port, settings and store; only after `stop()` or `kill()`. */
  startAgain(): Promise<BrokerProcess>
}

/** RocketMQ's property format. */
export type Properties = Readonly<Record<string, string | number | boolean>>

/** Writes a `key=value` file as RocketMQ reads it. */
export function writeProperties(path: string, properties: Properties): void {
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}`)
  writeFileSync(path, `${lines.join('\n')}\n`)
}

/** Broker settings that every broker of the tests gets, official or GlassMQ. */
export function commonBrokerSettings(options: { namesrv: string; port: number; storeDir: string }): Properties {
  return {
    brokerClusterName: CLUSTER_NAME,
    brokerName: BROKER_NAME,
    brokerId: 0,
    brokerRole: 'ASYNC_MASTER',
    flushDiskType: 'ASYNC_FLUSH',
    brokerIP1: '127.0.0.1',
    brokerIP2: '127.0.0.1',
    listenPort: options.port,
    namesrvAddr: options.namesrv,
    storePathRootDir: options.storeDir,
    storePathCommitLog: join(options.storeDir, 'commitlog'),
    autoCreateTopicEnable: true,
    enablePropertyFilter: true,
    mappedFileSizeCommitLog: 64 * 1024 * 1024,
    mappedFileSizeConsumeQueue: 20 * 30_000,
    maxHashSlotNum: 500_000,
    maxIndexNum: 2_000_000,
    transactionTimeOut: 1_000,
    transactionCheckInterval: 1_000,
    recallMessageEnable: true,
    diskMaxUsedSpaceRatio: 95,
    waitTimeMillsInSendQueue: 5_000,
    osPageCacheBusyTimeOutMills: 5_000,
  }
}

/**
 * Starts the official name server of a line on a free port.
 *
 * @param options.tls whether it accepts encrypted connections, as it does when it is shipped; see `tlsFlags`
 */
export async function officialNameServer(options: {
  version: RocketmqLine
  config?: Properties
  tuning?: JvmTuning
  tls?: boolean
}): Promise<ServerProcess> {
  const port = await freePort()
  return startOfficial({
    line: options.version,
    kind: 'name server',
    mainClass: 'org.apache.rocketmq.namesrv.NamesrvStartup',
    port,
    settings: { listenPort: port, bindAddress: '127.0.0.1', ...options.config },
    heapMiB: { min: 64, max: 256 },
    tuning: options.tuning ?? 'quick',
    tls: options.tls ?? false,
  })
}

/**
 * Starts the official broker of a line.
 *
 * @param options.config RocketMQ properties on top of `commonBrokerSettings`
 * @param options.tuning `full` for benchmarks; `quick` unless given
 * @param options.tls whether it accepts encrypted connections, as it does when it is shipped; see `tlsFlags`
 * @param options.storeDir an existing store to open, or where to make one; a temporary folder unless given
 */
export async function officialBroker(options: {
  version: RocketmqLine
  namesrv: string
  config?: Properties
  storeDir?: string
  port?: number
  tuning?: JvmTuning
  tls?: boolean
  /** Files below its ROCKETMQ_HOME, by path. */
  homeFiles?: Readonly<Record<string, string>>
}): Promise<BrokerProcess> {
  const port = options.port ?? (await freePort(BROKER_PORT_OFFSETS))
  const ownStore = options.storeDir === undefined ? temporaryFolder('store') : undefined
  const storeDir = options.storeDir ?? ownStore?.path ?? ''
  mkdirSync(storeDir, { recursive: true })
  const settings = {
    ...commonBrokerSettings({ namesrv: options.namesrv, port, storeDir }),
    bindAddress: '127.0.0.1',
    transactionOpBatchInterval: 200,
    ...options.config,
  }
  const start = async (): Promise<BrokerProcess> => ({
    ...(await startOfficial({
      line: options.version,
      kind: 'broker',
      mainClass: 'org.apache.rocketmq.broker.BrokerStartup',
      port,
      settings,
      heapMiB: { min: 256, max: 512 },
      tuning: options.tuning ?? 'quick',
      tls: options.tls ?? false,
      homeFiles: options.homeFiles ?? {},
    })),
    storeDir,
    startAgain: start,
  })
  return start()
}

/** Starts the official controller of 5.3, alone in its group, on a free port. */
export async function officialController(): Promise<ServerProcess> {
  const port = await freePort()
  const store = temporaryFolder('controller')
  const settings = {
    controllerType: 'DLedger',
    controllerDLegerGroup: 'group1',
    controllerDLegerPeers: `n0-127.0.0.1:${port}`,
    controllerDLegerSelfId: 'n0',
    controllerStorePath: store.path,
    mappedFileSize: 16_777_216,
    bindAddress: '127.0.0.1',
  }
  const mainClass = 'org.apache.rocketmq.controller.ControllerStartup'
  const heapMiB = { min: 64, max: 256 }
  return startOfficial({
    line: '5.3',
    kind: 'controller',
    mainClass,
    port,
    settings,
    heapMiB,
    tuning: 'quick',
    tls: false,
  })
}

/**
 * A server that may be asked for an encrypted connection makes itself a certificate at every start: an RSA key, which is
 * half of all the work of a start. Unless a test is about that, or measures the server as it is shipped, it makes none.
 */
function tlsFlags({ tls, tuning }: { readonly tls: boolean; readonly tuning: JvmTuning }): readonly string[] {
  return tls || tuning === 'full' ? [] : ['-Dtls.server.mode=disabled']
}

async function startOfficial(options: {
  line: RocketmqLine
  kind: string
  mainClass: string
  port: number
  settings: Properties
  heapMiB: { min: number; max: number }
  tuning: JvmTuning
  tls: boolean
  homeFiles?: Readonly<Record<string, string>>
}): Promise<ServerProcess> {
  const peer = (await javaPeers())[options.line]
  const name = `official ${options.kind} ${peer.serverVersion}`
  const home = javaHome({ ...options, purpose: options.kind.replace(' ', '-') })
  const conf = join(home.path, 'server.conf')
  writeProperties(conf, options.settings)
  for (const [path, text] of Object.entries(options.homeFiles ?? {})) writeFileSync(join(home.path, path), text)
  const startedAt = performance.now()
  let child: Child | undefined
  try {
    child = await startChild({
      name,
      command: await javaCommand(),
      args: [
        ...home.flags,
        ...tlsFlags(options),
        '-cp',
        peer.serverClassPath,
        'glassmq.interop.Server',
        options.mainClass,
        '-c',
        conf,
      ],
      cwd: home.path,
      env: home.env,
    })
    await child.waitForLine('boot success', READY_LIMIT_MS)
  } catch (error) {
    await child?.kill()
    const log = home.logTail()
    home.remove()
    throw new Error(`${(error as Error).message}${log === '' ? '' : `\nits log ends:\n${log}`}`)
  }
  const running = child
  return {
    name,
    address: `127.0.0.1:${options.port}`,
    readyMs: Math.round(performance.now() - startedAt),
    pid: running.pid,
    async stop() {
      await running.stop(STOP_LIMIT_MS)
      home.remove()
    },
    async kill() {
      await running.kill()
      home.remove()
    },
  }
}
