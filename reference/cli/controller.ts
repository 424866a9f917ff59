/** Runs `mq controller -c controller.conf`: a controller on this machine, configured like RocketMQ's controller. */
import { resolve } from 'node:path'
import { Command } from 'commander'
import { main } from '../controller/controller.ts'
import { asArgs, readConfig } from './config-args.ts'
import { serveUntilSignal, startServer } from './server-process.ts'

/** The default directory of the journal. */
const DEFAULT_STORE = 'controller-data'

/** Returns the command `mq controller`. */
export function controllerCommand(): Command {
  return new Command('controller')
    .description('start a controller, which elects the masters of brokers')
    .option('-c, --config <file>', "configuration in RocketMQ's format (controllerDLegerGroup, …Peers, …SelfId)")
    .option('--trace', 'print every event as a line of JSON', false)
    .argument('[settings...]', 'single settings, such as controllerDLegerSelfId=n0')
    .action(async (words: string[], options: { config?: string; trace: boolean }) => {
      const settings = readConfig(options.config, words)
      const id = settings.get('controllerDLegerSelfId') ?? 'controller'
      const server = await startServer({
        name: id,
        directory: resolve(settings.get('controllerStorePath') || DEFAULT_STORE),
        program: main,
        args: asArgs(settings),
        settings,
        trace: options.trace,
      })
      console.log(`The Controller Server boot success. serializeType=JSON, ${id} at ${server.address}`)
      await serveUntilSignal([server])
    })
}
