/** Runs `mq cluster`: a NameServer and brokers in one process. A user can try a cluster with this one command. */
import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { main as controller } from '../controller/controller.ts'
import { main as namesrv } from '../namesrv/namesrv.ts'
import { startBroker } from './broker.ts'
import { brokersOf, SHAPES, type Shape } from './cluster-shapes.ts'
import { asArgs, readConfig } from './config-args.ts'
import { SentenceError } from './sentence-error.ts'
import { type StartedServer, serveUntilSignal, startServer } from './server-process.ts'

/** The max number of broker names. This number is low, because all brokers use one core. */
const BROKERS_MAX = 8
/**
 * The distance between the ports of two brokers. As in RocketMQ, a broker with the port 10911 also uses the ports 10909 and
 * 10912.
 */
const PORT_STEP = 10

/** The options on the command line, as texts. */
interface ClusterOptions {
  readonly shape: string
  readonly brokers: string
  readonly namesrvPort: string
  readonly brokerPort: string
  readonly controllerPort: string
  readonly dir: string
  readonly trace: boolean
}

/** Returns the command `mq cluster`. */
export function clusterCommand(): Command {
  return new Command('cluster')
    .description('start a NameServer and brokers in one process')
    .option('-s, --shape <shape>', `${Object.keys(SHAPES).join(', ')}`, 'multi-master')
    .option('-b, --brokers <number>', `how many broker names, 1 to ${BROKERS_MAX}`, '1')
    .option('-p, --namesrv-port <number>', "the NameServer's port; 0 takes a free one", '9876')
    .option(
      '--broker-port <number>',
      `the first broker's port, each further one ${PORT_STEP} higher; 0 takes free ones`,
      '10911',
    )
    .option('--controller-port <number>', "the controller's port, for the shape controller", '9878')
    .option('-d, --dir <directory>', 'where everything is kept', 'cluster-data')
    .option('--trace', 'print every event as a line of JSON', false)
    .argument('[settings...]', 'settings for every broker, such as flushDiskType=SYNC_FLUSH')
    .action(async (words: string[], options: ClusterOptions) => {
      const servers: StartedServer[] = []
      try {
        await startCluster(words, options, servers)
      } catch (error) {
        for (const server of servers.reverse()) await server.stop()
        throw error
      }
      await serveUntilSignal(servers)
    })
}

/** Starts all servers, and adds each started server to `servers`. Rejects with a `SentenceError`. */
async function startCluster(
  words: readonly string[],
  options: ClusterOptions,
  servers: StartedServer[],
): Promise<void> {
  const shape = shapeOf(options.shape)
  const count = whole('--brokers', options.brokers, 1, shape === 'single' ? 1 : BROKERS_MAX)
  const brokerPort = whole('--broker-port', options.brokerPort, 0, 65_535 - 2 * PORT_STEP * BROKERS_MAX)
  const namesrvPort = whole('--namesrv-port', options.namesrvPort, 0, 65_535)
  const hasCopies = shape !== 'single' && shape !== 'multi-master'
  if (hasCopies && brokerPort === 0)
    throw new SentenceError(
      `--broker-port is 0; the shape ${shape} needs fixed ports, because slaves connect to the next port`,
    )
  const settings = readConfig(undefined, [...words])
  const { dir, trace } = options
  const args = asArgs(new Map([['listenPort', String(namesrvPort)]]))
  const directory = resolve(dir, 'namesrv')
  servers.push(await startServer({ name: 'namesrv', directory, program: namesrv, args, settings, trace }))
  const namesrvAddr = servers[0]!.address
  console.log(`NameServer  ${namesrvAddr}`)
  const controllerAddr = `127.0.0.1:${whole('--controller-port', options.controllerPort, 1, 65_535)}`
  if (shape === 'controller') servers.push(await startController(controllerAddr, resolve(dir, 'controller'), trace))
  for (const [i, broker] of brokersOf(shape, count, controllerAddr).entries()) {
    const all = new Map([
      ...broker.settings,
      ['namesrvAddr', namesrvAddr],
      ['listenPort', String(brokerPort === 0 ? 0 : brokerPort + PORT_STEP * i)],
      ['storePathRootDir', join(dir, broker.name)],
      ...settings,
    ])
    const { server } = await startBroker(all, trace)
    servers.push(server)
    console.log(`${broker.name}    ${server.address}`)
  }
  console.log(`${shape}: ${SHAPES[shape]}`)
  console.log(`boot success: point a client at namesrvAddr=${namesrvAddr}, stop with Ctrl-C`)
}

async function startController(address: string, directory: string, trace: boolean): Promise<StartedServer> {
  const settings = new Map([
    ['controllerDLegerGroup', 'group1'],
    ['controllerDLegerPeers', `n0-${address}`],
    ['controllerDLegerSelfId', 'n0'],
  ])
  const server = await startServer({
    name: 'controller',
    directory,
    program: controller,
    args: asArgs(settings),
    settings,
    trace,
  })
  console.log(`controller  ${server.address}`)
  return server
}

function shapeOf(text: string): Shape {
  if (Object.hasOwn(SHAPES, text)) return text as Shape
  throw new SentenceError(`--shape is "${text}"; it must be one of ${Object.keys(SHAPES).join(', ')}`)
}

function whole(option: string, text: string, min: number, max: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (number >= min && number <= max) return number
  throw new SentenceError(`${option} is "${text}"; it must be a whole number from ${min} to ${max}`)
}
