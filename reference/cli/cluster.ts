/** Runs `mq cluster`: a NameServer and brokers in one process. A user can try everything with this one command. */
import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { main as namesrv } from '../namesrv/namesrv.ts'
import { startBroker } from './broker.ts'
import { asArgs, readConfig } from './config-args.ts'
import { SentenceError } from './sentence-error.ts'
import { type StartedServer, serveUntilSignal, startServer } from './server-process.ts'

/** The max number of brokers in one process. This number is low, because all brokers use one core. */
const BROKERS_MAX = 8
/**
 * The distance between the ports of two brokers. By RocketMQ's conventions, a broker also uses two ports below its port, and
 * one port above its port.
 */
const PORT_STEP = 10

/** Returns the command `mq cluster`. */
export function clusterCommand(): Command {
  return new Command('cluster')
    .description('start a NameServer and brokers in one process')
    .option('-b, --brokers <number>', `how many brokers, 1 to ${BROKERS_MAX}`, '1')
    .option('-p, --namesrv-port <number>', "the NameServer's port; 0 takes a free one", '9876')
    .option(
      '--broker-port <number>',
      `the first broker's port, each further one ${PORT_STEP} higher; 0 takes free ones`,
      '10911',
    )
    .option('-d, --dir <directory>', 'where everything is kept', 'cluster-data')
    .option('--trace', 'print every event as a line of JSON', false)
    .argument('[settings...]', 'settings for every broker, such as flushDiskType=SYNC_FLUSH')
    .action(
      async (
        words: string[],
        options: { brokers: string; namesrvPort: string; brokerPort: string; dir: string; trace: boolean },
      ) => {
        const count = whole('--brokers', options.brokers, 1, BROKERS_MAX)
        const brokerPort = whole('--broker-port', options.brokerPort, 0, 65_535 - PORT_STEP * BROKERS_MAX)
        const namesrvPort = whole('--namesrv-port', options.namesrvPort, 0, 65_535)
        const servers: StartedServer[] = []
        try {
          const common = readConfig(undefined, words)
          const args = asArgs(new Map([['listenPort', String(namesrvPort)]]))
          servers.push(
            await startServer({
              name: 'namesrv',
              directory: resolve(options.dir, 'namesrv'),
              program: namesrv,
              args,
              settings: common,
              trace: options.trace,
            }),
          )
          const namesrvAddr = servers[0]!.address
          console.log(`NameServer  ${namesrvAddr}`)
          for (let i = 0; i < count; i++) {
            const name = `broker-${'abcdefgh'[i]}`
            const settings = new Map([
              ['brokerName', name],
              ['namesrvAddr', namesrvAddr],
              ['listenPort', String(brokerPort === 0 ? 0 : brokerPort + PORT_STEP * i)],
              ['storePathRootDir', join(options.dir, name)],
              ...common,
            ])
            const { server } = await startBroker(settings, options.trace)
            servers.push(server)
            console.log(`${name}    ${server.address}`)
          }
          console.log(`boot success: point a client at namesrvAddr=${namesrvAddr}, stop with Ctrl-C`)
        } catch (error) {
          for (const server of servers.reverse()) await server.stop()
          throw error
        }
        await serveUntilSignal(servers)
      },
    )
}

function whole(option: string, text: string, min: number, max: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (number >= min && number <= max) return number
  throw new SentenceError(`${option} is "${text}"; it must be a whole number from ${min} to ${max}`)
}
