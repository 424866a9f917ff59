/**
 * Commands about NameServers.
 *
 * | command             | does                                                         |
 * | ------------------- | ------------------------------------------------------------ |
 * | wipeWritePerm       | removes the write permission of all topics of a broker         |
 * | addWritePerm        | restores the write permission of all topics of a broker |
 * | updateKvConfig      | stores a small text at every NameServer                        |
 * | deleteKvConfig      | deletes a text that `updateKvConfig` has stored |
 * | getNamesrvConfig    | shows the settings of every NameServer                          |
 * | updateNamesrvConfig | changes one setting, if the NameServer allows it               |
 *
 * NameServers do not exchange data. Therefore every NameServer receives the request. RocketMQ: `tools/command/namesrv`.
 */
import { encodeUtf8 } from '../../common/utf8.ts'
import { defineRequest } from '../../remoting/request.ts'
import { RequestCode } from '../../remoting/request-code.ts'
import { deleteKvConfig, putKvConfig } from '../../remoting/requests/kv-config.ts'
import {
  addWritePerm,
  addWritePermAnswer,
  wipeWritePerm,
  wipeWritePermAnswer,
} from '../../remoting/requests/namesrv-admin.ts'
import type { AdminClient } from '../admin-client.ts'
import { type CommandArgs, requiredFlag } from '../command-line.ts'
import { settingsText } from './brokers.ts'
import type { AdminCommand } from './command.ts'

const BROKER_NAME = requiredFlag('b', 'brokerName', 'broker name')
const NAMESPACE = requiredFlag('s', 'namespace', 'namespace')
const KEY = requiredFlag('k', 'key', 'key')
const VALUE = requiredFlag('v', 'value', 'value')

const getNamesrvConfig = defineRequest(RequestCode.GET_NAMESRV_CONFIG, 'GET_NAMESRV_CONFIG', {})
const updateNamesrvConfig = defineRequest(RequestCode.UPDATE_NAMESRV_CONFIG, 'UPDATE_NAMESRV_CONFIG', {})

async function wipe(admin: AdminClient, args: CommandArgs): Promise<string> {
  const brokerName = args.text(BROKER_NAME)
  const answers = await admin.askEveryNamesrv(wipeWritePerm, { brokerName })
  return lines(answers, (address, { extFields }) => {
    const { wipeTopicCount } = wipeWritePermAnswer.decode(extFields)
    return `wipe write perm of broker[${brokerName}] in name server[${address}] OK, ${wipeTopicCount}`
  })
}

async function add(admin: AdminClient, args: CommandArgs): Promise<string> {
  const brokerName = args.text(BROKER_NAME)
  const answers = await admin.askEveryNamesrv(addWritePerm, { brokerName })
  return lines(answers, (address, { extFields }) => {
    const { addTopicCount } = addWritePermAnswer.decode(extFields)
    return `add write perm of broker[${brokerName}] in name server[${address}] OK, ${addTopicCount}`
  })
}

function lines<T>(answers: ReadonlyMap<string, T>, line: (address: string, answer: T) => string): string {
  return `${[...answers].map(([address, answer]) => line(address, answer)).join('\n')}\n`
}

async function putKv(admin: AdminClient, args: CommandArgs): Promise<string> {
  const [namespace, key, value] = [args.text(NAMESPACE), args.text(KEY), args.text(VALUE)]
  await admin.askEveryNamesrv(putKvConfig, { namespace, key, value })
  return `create or update kv config to namespace success.\n`
}

async function deleteKv(admin: AdminClient, args: CommandArgs): Promise<string> {
  await admin.askEveryNamesrv(deleteKvConfig, { namespace: args.text(NAMESPACE), key: args.text(KEY) })
  return 'delete kv config from namespace success.\n'
}

async function showConfig(admin: AdminClient): Promise<string> {
  const answers = await admin.askEveryNamesrv(getNamesrvConfig, {})
  return lines(answers, (address, { body }) => `============${address}============\n${settingsText(body)}`)
}

async function changeConfig(admin: AdminClient, args: CommandArgs): Promise<string> {
  const body = encodeUtf8(`${args.text(KEY)}=${args.text(VALUE)}\n`)
  const answers = await admin.askEveryNamesrv(updateNamesrvConfig, {}, body)
  return lines(answers, (address) => `update name server config success! ${address}`)
}

export const NAMESRV_COMMANDS: readonly AdminCommand[] = [
  {
    name: 'wipeWritePerm',
    help: 'Take the write permission from all topics of a broker',
    flags: [BROKER_NAME],
    run: wipe,
  },
  { name: 'addWritePerm', help: 'Give the write permission back', flags: [BROKER_NAME], run: add },
  {
    name: 'updateKvConfig',
    help: 'Put a small text at every NameServer',
    flags: [NAMESPACE, KEY, VALUE],
    run: putKv,
  },
  { name: 'deleteKvConfig', help: 'Take it away again', flags: [NAMESPACE, KEY], run: deleteKv },
  { name: 'getNamesrvConfig', help: 'Show the settings of every NameServer', flags: [], run: showConfig },
  {
    name: 'updateNamesrvConfig',
    help: "Change one of the NameServers' settings",
    flags: [KEY, VALUE],
    run: changeConfig,
  },
]
