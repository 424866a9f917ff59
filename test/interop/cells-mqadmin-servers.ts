/**
 * mqadmin and servers: how they are, how they are set, and making room.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../support/temp.ts'
import { expectThat } from './expect.ts'
import { escaped, notOurClient, runSteps, type Step } from './mqadmin-steps.ts'
import { BROKER_NAME, CLUSTER_NAME } from './peers.ts'
import type { Row, RowContext } from './rows.ts'

export const mqadminServersRow: Row = {
  id: 'mqadmin-servers',
  title: 'mqadmin: brokers and name servers',
  without: notOurClient,
  async run(context) {
    const topic = await context.createTopic('topic', 4)
    const broker = context.server.broker.address
    const produced = await context.send(topic, { count: 40, tags: ['t'] })
    const queueId = String(produced.messages[0]?.queueId ?? 0)
    const setting = (key: string, value: string) => ['updateBrokerConfig', '-b', broker, '-k', key, '-v', value]
    const order = (method: string) => ['updateOrderConf', '-m', method, '-t', topic]
    const steps: Step[] = [
      {
        args: ['clusterList'],
        prints: new RegExp(`^${CLUSTER_NAME}\\s+${BROKER_NAME}\\s+0\\s+${escaped(broker)}\\s+V[45]`, 'm'),
      },
      { args: ['clusterList', '-m'], prints: new RegExp(`${BROKER_NAME}\\s+0\\s+0\\s+[1-9]\\d*\\s+\\d+`) },
      { args: ['topicList', '-c'], prints: new RegExp(`${CLUSTER_NAME}\\s+${topic}`) },
      { args: ['topicClusterList', '-t', topic], prints: new RegExp(CLUSTER_NAME) },
      { args: ['statsAll'], prints: new RegExp(`${topic}\\s+.*NO_CONSUMER`) },
      {
        args: ['brokerStatus', '-b', broker],
        prints: /msgPutTotalTodayNow\s*:\s*[1-9][\s\S]*putTps\s*:\s*[\d.]+/,
      },
      {
        args: ['clusterRT', '-c', CLUSTER_NAME, '-a', '3', '-s', '16', '-i', '1'],
        prints: new RegExp(`${CLUSTER_NAME}\\s+${BROKER_NAME}\\s+[\\d.]+\\s+3\\s+0`),
        isEndless: true,
      },
      {
        args: ['queryCq', '-t', topic, '-q', queueId, '-i', '0', '-c', '2', '-b', broker],
        prints: /min: 0[\s\S]*idx: 1/,
      },
      { args: ['getBrokerConfig', '-b', broker], prints: new RegExp(`brokerName\\s+=\\s+${BROKER_NAME}`) },
      { args: setting('fileReservedTime', '71'), prints: /update broker config success/ },
      { args: ['getBrokerConfig', '-b', broker], prints: /fileReservedTime\s+=\s+71/ },
      ...(context.server.kind === 'glassmq'
        ? [{ args: setting('brokerConfigPath', '/tmp/x'), prints: /CODE: 16/ }]
        : []),
      { args: ['getNamesrvConfig'], prints: /listenPort\s+=\s+\d+/ },
      {
        args: ['updateNamesrvConfig', '-k', 'orderMessageEnable', '-v', 'true'],
        prints: /update name server config success/,
      },
      { args: ['getNamesrvConfig'], prints: /orderMessageEnable\s+=\s+true/ },
      { args: [...order('put'), '-v', `${BROKER_NAME}:4`], prints: /update orderConf success/ },
      { args: ['topicRoute', '-t', topic], prints: new RegExp(`"?orderTopicConf"?[:=]\\s*"?${BROKER_NAME}:4`) },
      { args: order('get'), prints: new RegExp(`orderConf=\\[${BROKER_NAME}:4\\]`) },
      { args: order('delete'), prints: /delete orderConf success/ },
      {
        args: ['updateKvConfig', '-s', 'interop', '-k', 'a', '-v', 'b'],
        prints: /create or update kv config to namespace success/,
      },
      { args: ['deleteKvConfig', '-s', 'interop', '-k', 'a'], prints: /delete kv config from namespace success/ },
      { args: ['cleanExpiredCQ', '-b', broker], prints: /^success/ },
      { args: ['cleanUnusedTopic', '-b', broker], prints: /^success/ },
      { args: ['deleteExpiredCommitLog', '-b', broker], prints: /^success/ },
      { args: ['wipeWritePerm', '-b', BROKER_NAME], prints: /wipe write perm of broker.* OK, [1-9]/ },
      { args: ['addWritePerm', '-b', BROKER_NAME], prints: /add write perm of broker.* OK, [1-9]/ },
    ]
    return `${(await runSteps(context.tools.admin, steps)) + (await exports(context, topic))} command lines`
  },
}

/** The three exports, which write files; what they must hold. How many there were. */
async function exports({ tools }: RowContext, topic: string): Promise<number> {
  const folder = temporaryFolder('export')
  const kinds = [
    ['exportMetadata', 'metadata.json', new RegExp(`"${topic}"`)],
    ['exportConfigs', 'configs.json', /"brokerName":\s*"interop-broker"/],
    ['exportMetrics', 'metrics.json', /"evaluateReport"/],
  ] as const
  try {
    for (const [command, file, holds] of kinds) {
      await runSteps(tools.admin, [
        { args: [command, '-c', CLUSTER_NAME, '-f', folder.path], prints: /^export .* success/m },
      ])
      const text = readFileSync(join(folder.path, file), 'utf8')
      expectThat(holds.test(text), `${file} should hold ${holds}, it holds:\n${text.slice(0, 2_000)}`)
    }
    return kinds.length
  } finally {
    folder.remove()
  }
}
