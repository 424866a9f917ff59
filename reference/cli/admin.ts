/** Runs `mq admin <command>`: the commands of mqadmin, for any cluster with RocketMQ's protocol. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { ClientError } from '../client/client-error.ts'
import { ConfigError, Settings } from '../common/properties-file.ts'
import { createNodeHost } from '../host/node/node-host.ts'
import { type TlsClient, tlsClient } from '../host/node/tls.ts'
import type { SessionCredentials } from '../remoting/acl-signature.ts'
import { BodyError } from '../remoting/bodies/json-body.ts'
import { AdminClient } from '../tools/admin-client.ts'
import { CommandLineError } from '../tools/command-line.ts'
import { adminHelp, runAdminCommand } from '../tools/commands.ts'
import { SentenceError } from './sentence-error.ts'

const DEFAULT_NAMESRV = '127.0.0.1:9876'

/** Returns the command `mq admin`, with all commands for operators. */
export function adminCommand(): Command {
  return new Command('admin')
    .description("mqadmin's commands, such as clusterList, topicStatus, consumerProgress; admin help lists them")
    .addHelpText('after', `\n${adminHelp()}\nWithout -n the NameServer is $NAMESRV_ADDR, or ${DEFAULT_NAMESRV}.`)
    .allowUnknownOption()
    .passThroughOptions()
    .option('--access-key <key>', 'sign every request with this key …')
    .option('--secret-key <key>', '… and its secret key')
    .option('--tls', 'encrypt connections', false)
    .option('--tls-trust <file>', 'trust servers with this certificate (PEM), and no others')
    .argument('[words...]', 'the command and its options')
    .action(async (words: string[], options: ConnectOptions) => {
      // a client needs a disk: this temporary directory is removed at the end
      const directory = mkdtempSync(join(tmpdir(), 'glassmq-admin-'))
      const host = createNodeHost({ name: 'admin', directory, tls: { client: tlsOf(options) } })
      try {
        const known = process.env['NAMESRV_ADDR'] ?? DEFAULT_NAMESRV
        const printed = await runAdminCommand(
          words,
          (given) => new AdminClient(host, (given === '' ? known : given).split(';'), credentialsOf(options)),
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

interface ConnectOptions {
  readonly accessKey?: string
  readonly secretKey?: string
  readonly tls: boolean
  readonly tlsTrust?: string
}

function credentialsOf({ accessKey, secretKey }: ConnectOptions): SessionCredentials | undefined {
  if ((accessKey === undefined) !== (secretKey === undefined))
    throw new SentenceError('--access-key and --secret-key go together: give both or neither')
  return accessKey === undefined || secretKey === undefined ? undefined : { accessKey, secretKey }
}

function tlsOf({ tls, tlsTrust }: ConnectOptions): TlsClient | undefined {
  const entries = new Map([['tls.enable', String(tls || tlsTrust !== undefined)]])
  if (tlsTrust !== undefined) entries.set('tls.client.trustCertPath', tlsTrust).set('tls.client.authServer', 'true')
  try {
    return tlsClient(new Settings(entries, 'the command line'))
  } catch (error) {
    if (error instanceof ConfigError) throw new SentenceError(error.message)
    throw error
  }
}
