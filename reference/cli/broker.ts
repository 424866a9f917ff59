/** Runs `mq broker -c broker.conf`: a broker on this machine, configured like RocketMQ's broker. */
import { resolve } from 'node:path'
import { Command } from 'commander'
import { main } from '../broker/broker.ts'
import { asArgs, readConfig } from './config-args.ts'
import { serveUntilSignal, startServer } from './server-process.ts'

/** The default directory of the store. */
const DEFAULT_STORE = 'store'

/** Returns the command `mq broker`. */
export function brokerCommand(): Command {
  return new Command('broker')
    .description('start a broker')
    .option('-c, --config <file>', "configuration in RocketMQ's format: broker.conf")
    .option('-n, --namesrvAddr <addresses>', 'NameServers, such as "127.0.0.1:9876;127.0.0.1:9877"')
    .option('--trace', 'print every event as a line of JSON', false)
    .argument('[settings...]', 'single settings, such as flushDiskType=SYNC_FLUSH')
    .action(async (words: string[], options: { config?: string; namesrvAddr?: string; trace: boolean }) => {
      const settings = readConfig(options.config, words)
      if (options.namesrvAddr !== undefined) settings.set('namesrvAddr', options.namesrvAddr)
      const { server, name } = await startBroker(settings, options.trace)
      const namesrv = settings.get('namesrvAddr')
      console.log(
        `The broker[${name}, ${server.address}] boot success. serializeType=JSON${namesrv === undefined ? '' : ` and name server is ${namesrv}`}`,
      )
      await serveUntilSignal([server])
    })
}

/**
 * Starts a broker. The directory of the broker's node is the directory in `storePathRootDir`. Rejects with a `SentenceError`
 * when the broker cannot start.
 */
export async function startBroker(settings: ReadonlyMap<string, string>, trace: boolean) {
  const name = settings.get('brokerName') ?? 'broker-a'
  const directory = resolve(settings.get('storePathRootDir') ?? DEFAULT_STORE)
  // the broker listens on loopback unless `bindAddress` is set (`server-process.ts`), and registers `brokerIP1`
  const args = asArgs(
    new Map([['brokerIP1', '127.0.0.1'], ...settings, ['brokerName', name], ['storePathRootDir', '.']]),
  )
  return { name, server: await startServer({ name, directory, program: main, args, settings, trace }) }
}
