/** Runs `mq namesrv`: a NameServer on this machine. */
import { resolve } from 'node:path'
import { Command } from 'commander'
import { main } from '../namesrv/namesrv.ts'
import { asArgs, readConfig } from './config-args.ts'
import { serveUntilSignal, startServer } from './server-process.ts'

/** Returns the command `mq namesrv`. */
export function namesrvCommand(): Command {
  return new Command('namesrv')
    .description('start a NameServer')
    .option('-c, --config <file>', "configuration in RocketMQ's format (listenPort, bindAddress)")
    .option('-p, --port <number>', 'port to listen on, default 9876; 0 takes a free one')
    .option('-d, --dir <directory>', 'where kvConfig.json is kept', 'namesrv-data')
    .option('--trace', 'print every event as a line of JSON', false)
    .argument('[settings...]', 'single settings, such as bindAddress=127.0.0.1')
    .action(async (words: string[], options: { config?: string; port?: string; dir: string; trace: boolean }) => {
      const settings = readConfig(options.config, words)
      if (options.port !== undefined) settings.set('listenPort', options.port)
      const server = await startServer({
        name: 'namesrv',
        directory: resolve(options.dir),
        program: main,
        args: asArgs(settings),
        settings,
        trace: options.trace,
      })
      console.log(`The Name Server boot success. serializeType=JSON, address ${server.address}`)
      await serveUntilSignal([server])
    })
}
