/**
 * GlassMQ's own admin commands (`mq admin …`) against official servers: each command line with a pattern that its output
 * must match, in the order an operator might type them.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNodeHost } from '../../reference/host/node/node-host.ts'
import { AdminClient } from '../../reference/tools/admin-client.ts'
import { ADMIN_COMMANDS, runAdminCommand } from '../../reference/tools/commands.ts'
import { expectThat } from './expect.ts'
import type { SentMessage } from './messages.ts'
import { BROKER_NAME, CLUSTER_NAME } from './peers.ts'
import type { RowContext } from './rows.ts'

/** One command line and what it must print. */
type Step = readonly [args: readonly string[], prints: RegExp]

/** Runs every admin command of GlassMQ once at least; the line for the table. */
export async function runOurAdmin(context: RowContext): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'glassmq-admin-'))
  const host = createNodeHost({ name: 'admin', directory })
  const used = new Set<string>()
  let count = 0
  const admin = async (args: readonly string[]): Promise<string> => {
    used.add(args[0]!)
    count++
    return runAdminCommand(args, () => new AdminClient(host, [context.server.namesrv]))
  }
  const run = async (steps: readonly Step[]) => {
    for (const [args, prints] of steps) {
      const printed = await admin(args).catch((error: Error) => `failed: ${error.message}`)
      expectThat(
        prints.test(printed),
        `admin ${args.join(' ')} should print ${prints}, it printed:\n${printed.slice(0, 2_000)}`,
      )
    }
  }
  try {
    await runAll(context, run, admin)
  } finally {
    host.dispose()
    rmSync(directory, { recursive: true, force: true })
  }
  const missed = ADMIN_COMMANDS.map(({ name }) => name).filter((name) => !used.has(name))
  expectThat(missed.length === 0, `no step runs ${missed.join(', ')}`)
  return `${count} command lines, all ${ADMIN_COMMANDS.length} commands`
}

async function runAll(
  context: RowContext,
  run: (steps: readonly Step[]) => Promise<void>,
  admin: (args: readonly string[]) => Promise<string>,
): Promise<void> {
  const topic = await context.createTopic('topic', 4)
  const group = context.group('one')
  const broker = context.server.broker.address
  const produced = await context.send(topic, { count: 40, tags: ['t'] })
  const consumer = context.consume({ group, topic })
  await consumer.ready
  while (consumer.messages.length < 40) await new Promise((resolve) => setTimeout(resolve, 50))
  const [first] = produced.messages
  const { key, msgId, offsetMsgId, queueId, queueOffset } = first as Required<SentMessage>
  const clientIds = await clientIdsOf(run, group)
  const isFive = context.column.tools === '5.3'
  // 4.9 resets a group only when all its queues have stored offsets
  const stored = new RegExp(`(${topic}[^\\n]* 10 +10 [^\\n]*\\n){4}`)
  for (let tries = 0; tries < 100 && !stored.test(await admin(['consumerProgress', '-g', group])); tries++)
    await new Promise((resolve) => setTimeout(resolve, 250))

  // while the consumer is there
  await run([
    [['consumerStatus', '-g', group], new RegExp(`PROP_CONSUME_TYPE[\\s\\S]*${topic}`)],
    [['consumerProgress', '-g', group, '-s', 'true'], /Diff Total: 0/],
    [['consumerProgress'], new RegExp(`${group}\\s+1\\s+PUSH\\s+CLUSTERING`)],
    [
      ['queryMsgByUniqueKey', '-t', topic, '-i', msgId, '-g', group, '-d', clientIds[0] ?? ''],
      /"consumeResult":"CR_SUCCESS"/,
    ],
    [['producer', '-b', broker], isFive ? /CLIENT_INNER_PRODUCER|Group/ : /Group|not supported/],
    [['producerConnection', '-g', context.group('producer'), '-t', topic], /ClientId|not exist/],
    [['resetOffsetByTime', '-g', group, '-t', topic, '-s', '0'], new RegExp(`${BROKER_NAME}\\s+3\\s+0`)],
  ])
  const deadline = Date.now() + 60_000
  while (consumer.messages.length < 81 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50))
  expectThat(consumer.messages.length >= 81, `after the reset ${consumer.messages.length} of 81 deliveries came`)
  await consumer.stop()

  const extra = `${topic}-made`
  await run([
    [['clusterList'], new RegExp(`${CLUSTER_NAME}\\s+${BROKER_NAME}\\s+0\\s+${broker}\\s+V[45]`)],
    [['clusterList', '-m'], new RegExp(`${BROKER_NAME}[\\s\\S]*\\d`)],
    [['brokerStatus', '-b', broker], /putTps/],
    [['getBrokerConfig', '-b', broker], new RegExp(`brokerName\\s+=\\s+${BROKER_NAME}`)],
    [['updateBrokerConfig', '-b', broker, '-k', 'flushIntervalCommitLog', '-v', '600'], /success/],
    [['brokerConsumeStats', '-b', broker], new RegExp(`${topic}\\s+${group}`)],
    [['statsAll', '-t', topic], new RegExp(`${topic}\\s+${group}\\s+0`)],
    [['cleanExpiredCQ', '-b', broker], /success/],
    [['cleanUnusedTopic', '-c', CLUSTER_NAME], /success/],
    [['deleteExpiredCommitLog', '-b', broker], /success/],
    [['topicList'], new RegExp(`^${topic}$`, 'm')],
    [['topicList', '-c'], new RegExp(`${CLUSTER_NAME}\\s+${topic}\\s+${group}`)],
    [['topicRoute', '-t', topic], /"readQueueNums": 4/],
    [['topicStatus', '-t', topic], new RegExp(`(${BROKER_NAME}\\s+\\d\\s+0\\s+10\\s+20\\d\\d-[\\s\\S]*){4}`)],
    [['topicClusterList', '-t', topic], new RegExp(CLUSTER_NAME)],
    [['allocateMQ', '-t', topic, '-i', 'a,b'], /"a":\[.*"queueId":1.*\],"b":/],
    [['updateTopic', '-b', broker, '-t', extra, '-r', '3', '-w', '3', '-o', 'true'], /set ordered topic .*:3/],
    [['updateOrderConf', '-t', extra, '-m', 'get'], new RegExp(`${BROKER_NAME}:3`)],
    [['updateOrderConf', '-t', extra, '-m', 'delete'], /success/],
    [['updateTopicPerm', '-t', extra, '-b', broker, '-p', '4'], /from 6 to 4/],
    [['topicRoute', '-t', extra], /"perm": 4/],
    [['sendMessage', '-t', topic, '-p', 'by hand', '-k', 'hand', '-b', BROKER_NAME, '-i', '2'], /SEND_OK/],
    [['printMsgByQueue', '-t', topic, '-a', BROKER_NAME, '-i', '2'], /OFFSET: 10 .*KEYS: hand BODY: by hand/],
    [['printMsg', '-t', topic, '-s', 't'], new RegExp(`KEYS: ${key} `)],
    [['consumeMessage', '-t', topic, '-b', BROKER_NAME, '-i', '2', '-o', '10'], /BODY: by hand/],
    [['checkMsgSendRT', '-t', extra.replace('-made', ''), '-a', '3'], /Avg RT/],
    [['clusterRT', '-a', '2'], new RegExp(`${BROKER_NAME}\\s+[\\d.]+\\s+2\\s+0`)],
    [['queryMsgById', '-t', topic, '-i', offsetMsgId], new RegExp(`Keys:\\s+${key}`)],
    [['queryMsgById', '-t', topic, '-i', msgId], new RegExp(`Keys:\\s+${key}`)],
    [['queryMsgByKey', '-t', topic, '-k', key], new RegExp(msgId)],
    [['queryMsgByUniqueKey', '-t', topic, '-i', msgId], new RegExp(`Keys:\\s+${key}`)],
    [
      ['queryMsgByOffset', '-t', topic, '-b', BROKER_NAME, '-i', String(queueId), '-o', String(queueOffset)],
      new RegExp(`Keys:\\s+${key}`),
    ],
    [['queryCq', '-t', topic, '-q', String(queueId), '-i', '0', '-b', broker], /min=0, max=1\d[\s\S]*\n\s*0\s+\d+/],
    [['getConsumerConfig', '-g', group], isFive ? /retryMaxTimes/ : /retryMaxTimes|not supported/],
    [['updateSubGroup', '-b', broker, '-g', `${group}-other`, '-r', '7'], /success/],
    [
      ['setConsumeMode', '-b', broker, '-t', topic, '-g', `${group}-other`, '-m', 'POP'],
      isFive ? /set consume mode to .* success/ : /success|not supported/,
    ],
    [['cloneGroupOffset', '-s', group, '-d', `${group}-other`, '-t', topic], /4 queues/],
    [['consumerProgress', '-g', group], new RegExp(`${topic}\\s+${BROKER_NAME}\\s+2\\s+1\\d\\s+10`)],
    [['skipAccumulatedMessage', '-g', group, '-t', topic], new RegExp(`${BROKER_NAME}\\s+2\\s+1[1-9]`)],
    [['deleteSubGroup', '-b', broker, '-g', `${group}-other`, '-r', 'true'], /success/],
    [['getNamesrvConfig'], /kvConfigPath|listenPort/],
    [['updateNamesrvConfig', '-k', 'orderMessageEnable', '-v', 'true'], /success/],
    [['updateKvConfig', '-s', 'a', '-k', 'b', '-v', 'c'], /success/],
    [['deleteKvConfig', '-s', 'a', '-k', 'b'], /success/],
    [['wipeWritePerm', '-b', BROKER_NAME], /OK, \d/],
    [['topicRoute', '-t', topic], /"perm": 4/],
    [['addWritePerm', '-b', BROKER_NAME], /OK, \d/],
    [['topicRoute', '-t', topic], /"perm": 6/],
    [['deleteTopic', '-c', CLUSTER_NAME, '-t', extra], /success/],
    [['topicRoute', '-t', extra], /No topic route info/],
    // what an operator gets wrong
    [['topicStatus'], /topicStatus: -t is missing \(topic name\)/],
    [['topicStats', '-t', topic], /unknown command "topicStats"; did you mean .*topicStatus/],
    [['updateTopic', '-t', extra, '-b', broker, '-r', 'many'], /-r is "many"; it must be a whole number/],
    [['deleteTopic', '-c', 'Nowhere', '-t', extra], /no cluster "Nowhere"; known are/],
    [['resetOffsetByTime', '-g', group, '-t', topic, '-s', 'yesterday'], /"yesterday" is no moment/],
  ])
  const left = await context.consume({ group: context.group('two'), topic, expected: 44 }).finished
  expectThat(left.distinct >= 41, `the topic still holds ${left.distinct} messages`)
}

/** The members of a group, as consumerConnection and producerConnection name them. */
async function clientIdsOf(run: (steps: readonly Step[]) => Promise<void>, group: string): Promise<string[]> {
  const ids: string[] = []
  const taking = {
    test(printed: string) {
      for (const [, id] of printed.matchAll(/^(\S+@\S+)\s+127\.0\.0\.1:/gm)) ids.push(id!)
      return ids.length > 0
    },
  } as RegExp
  await run([[['consumerConnection', '-g', group], taking]])
  return ids
}
