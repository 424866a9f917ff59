/**
 * The row that runs mqadmin: each command line with a pattern that its output must match. The commands run in order
 * against the row's topic, which holds 40 messages that a group consumed.
 */
import { expectExactlyOnce, expectThat } from './expect.ts'
import type { SentMessage } from './messages.ts'
import { escaped, notOurClient, runSteps, type Step } from './mqadmin-steps.ts'
import { BROKER_NAME, CLUSTER_NAME } from './peers.ts'
import type { Row } from './rows.ts'

/** mqadmin as an operator uses it: look, change, query, reset, delete. */
export const mqadminRow: Row = {
  id: 'mqadmin',
  title: 'mqadmin: topics, messages, offsets',

  without: notOurClient,
  async run(context) {
    const topic = await context.createTopic('topic', 4)
    const group = context.group('one')
    const broker = context.server.broker.address
    const produced = await context.send(topic, { count: 40, tags: ['t'] })
    const consumer = context.consume({ group, topic })
    await consumer.ready
    const online: Step[] = [
      { args: ['consumerConnection', '-g', group], prints: new RegExp(`127\\.0\\.0\\.1@[^\\n]*[\\s\\S]*${topic}`) },
    ]
    let count = await runSteps(context.tools.admin, online)
    while (consumer.messages.length < 40) await new Promise((resolve) => setTimeout(resolve, 50))
    expectExactlyOnce('the consumer', produced.messages, await consumer.stop())

    const [first] = produced.messages
    expectThat(Boolean(first?.msgId && first.offsetMsgId), 'the producer got no message ids')
    const { key, msgId, offsetMsgId, queueId, queueOffset } = first as Required<SentMessage>
    const place = ['-t', topic, '-b', BROKER_NAME, '-i', String(queueId), '-o', String(queueOffset)]
    // queryMsgById has the option -t from 5.x on, and mqadmin ends its JVM on an option it does not know.
    const byId = ['queryMsgById', ...(context.column.tools === '4.9' ? [] : ['-t', topic]), '-i', offsetMsgId]
    const extra = `${topic}-made`
    const byQueue = ['printMsgByQueue', '-t', topic, '-a', BROKER_NAME, '-i', String(queueId)]
    const offline: Step[] = [
      { args: ['clusterList'], prints: new RegExp(`${CLUSTER_NAME}\\s+${BROKER_NAME}\\s+0\\s+${escaped(broker)}`) },
      { args: ['topicList'], prints: new RegExp(`^${topic}$`, 'm') },
      { args: ['topicRoute', '-t', topic], prints: /"readQueueNums":\s?4/ },
      { args: ['topicStatus', '-t', topic], prints: new RegExp(`(${BROKER_NAME}\\s+\\d\\s+0\\s+10[\\s\\S]*){4}`) },
      { args: ['updateTopic', '-b', broker, '-t', extra, '-r', '3', '-w', '3'], prints: /create topic to .* success/ },
      { args: ['topicRoute', '-t', extra], prints: /"writeQueueNums":\s?3/ },
      {
        args: ['updateSubGroup', '-b', broker, '-g', group, '-r', '7'],
        prints: /create subscription group to .* success/,
      },
      { args: ['brokerStatus', '-b', broker], prints: /runtime\s*:/ },
      { args: ['getBrokerConfig', '-b', broker], prints: new RegExp(`brokerName\\s+=\\s+${BROKER_NAME}`) },
      { args: ['consumerProgress', '-g', group], prints: /Consume Diff Total: 0|Diff Total: 0/ },
      { args: ['queryMsgByKey', '-t', topic, '-k', key], prints: new RegExp(msgId) },
      { args: ['queryMsgByUniqueKey', '-t', topic, '-i', msgId], prints: new RegExp(`Topic:\\s+${topic}`) },
      { args: byId, prints: new RegExp(key) },
      { args: ['queryMsgByOffset', ...place], prints: new RegExp(key) },
      { args: ['printMsg', '-t', topic, '-d', 'true'], prints: new RegExp(`MSGID: ${msgId}`) },
      { args: [...byQueue, '-p', 'true', '-d', 'true'], prints: /MSGID: \S+/ },
      { args: ['consumeMessage', '-t', topic, '-c', '3'], prints: /Consume ok[\s\S]*MSGID/ },
      { args: ['sendMessage', '-t', extra, '-p', 'hello', '-k', 'k'], prints: /SEND_OK/ },
      { args: ['checkMsgSendRT', '-t', extra, '-a', '3', '-s', '16'], prints: /(true[\s\S]*){3}Avg RT/ },
      { args: ['sendMsgStatus', '-b', BROKER_NAME, '-s', '16', '-c', '2'], prints: /sendStatus=SEND_OK/ },
      { args: ['allocateMQ', '-t', topic, '-i', '10.0.0.1,10.0.0.2'], prints: /10\.0\.0\.2.*"queueId":\d/ },
      { args: ['updateTopicPerm', '-b', broker, '-t', extra, '-p', '4'], prints: /perm from 6 to 4 in .* success/ },
      { args: ['topicRoute', '-t', extra], prints: /"perm":\s?4/ },
      {
        args: ['updateTopic', '-b', broker, '-t', `${extra}-o`, '-r', '2', '-w', '2', '-o', 'true'],
        prints: /success|CODE: 22/,
      },
      { args: ['resetOffsetByTime', '-g', group, '-t', topic, '-s', '0'], prints: new RegExp(BROKER_NAME) },
    ]
    count += await runSteps(context.tools.admin, offline)

    const again = await context.consume({ group, topic, expected: 40 }).finished
    expectExactlyOnce('after resetOffsetByTime the group', produced.messages, again)

    const closing: Step[] = [
      { args: ['wipeWritePerm', '-b', BROKER_NAME], prints: /wipe write perm of broker/ },
      { args: ['topicRoute', '-t', topic], prints: /"perm":\s?4/ },
      { args: ['addWritePerm', '-b', BROKER_NAME], prints: /add write perm of broker/ },
      { args: ['topicRoute', '-t', topic], prints: /"perm":\s?6/ },
      { args: ['deleteTopic', '-c', CLUSTER_NAME, '-t', extra], prints: /delete topic .* success/ },
      { args: ['topicRoute', '-t', extra], prints: /No topic route info/ },
    ]
    count += await runSteps(context.tools.admin, closing)
    return `${count} command lines`
  },
}
