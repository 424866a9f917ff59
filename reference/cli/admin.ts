/** `mq admin <command>`: mqadmin's commands against any cluster that speaks RocketMQ's protocol. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { AdminClient } from '../client/admin/admin-client.ts'
import { CommandLineError } from '../client/admin/command-line.ts'
import { adminHelp, runAdminCommand } from '../client/admin/commands.ts'
import { ClientError } from '../client/client-error.ts'
import { createNodeHost } from '../host/node/node-host.ts'
import { BodyError } from '../remoting/bodies/json-body.ts'
import { SentenceError } from './sentence-error.ts'

const DEFAULT_NAMESRV = '127.0.0.1:9876'

export function adminCommand(): Command {
  return new Command('admin')
    .description("mqadmin's commands, such as clusterList, topicStatus, consumerProgress; admin help lists them")
    .addHelpText('after', `\n${adminHelp()}\nWithout -n the NameServer is $NAMESRV_ADDR, or ${DEFAULT_NAMESRV}.`)
    .allowUnknownOption()
    .passThroughOptions()
    .argument('[words...]', 'the command and its options')
    .action(async (words: string[]) => {
      const directory = mkdtempSync(join(tmpdir(), 'glassmq-admin-')) // a client has a disk too, and leaves nothing on it
      const host = createNodeHost({ name: 'admin', directory })
      try {
        const known = process.env['NAMESRV_ADDR'] ?? DEFAULT_NAMESRV
        const printed = await runAdminCommand(
          words,
          (given) => new AdminClient(host, (given === '' ? known : given).split(';')),
        )
        process.stdout.write(printed)
      } catch (error) {
        if (error instanceof CommandLineError || error instanceof ClientError || error instanceof BodyError)
          throw new SentenceError(error.message)
        throw error
      } finally {
        host.dispose()
        rmSync(directory, { recursive: true, force: true })
      }
    })
}
