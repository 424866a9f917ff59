/**
 * mqadmin and consumer groups: looking at members, sending a group back in time while it consumes, copying and deleting.
 */
import { expectAllSent, expectThat, waitFor } from './expect.ts'
import { notOurClient, runSteps, type Step } from './mqadmin-steps.ts'
import { BROKER_NAME, CLUSTER_NAME } from './peers.ts'
import type { Row } from './rows.ts'

const MESSAGES = 40
const QUEUES = 4

export const mqadminGroupsRow: Row = {
  id: 'mqadmin-groups',
  title: 'mqadmin: consumer groups, with members online',
  without: notOurClient,
  async run(context) {
    const { tools, client, server } = context
    const topic = await context.createTopic('topic', QUEUES)
    const group = context.group('one')
    const broker = server.broker.address
    const produced = await client.produce({ group: context.group('producer'), topic, count: MESSAGES, tags: ['t'] })
    expectAllSent(produced, MESSAGES)
    const consumer = context.consume({ group, topic })
    await waitFor('the messages are there', () => consumer.messages.length >= MESSAGES)
    await waitFor('the offsets are committed', async () =>
      /Diff Total: 0/.test(await tools.admin(['consumerProgress', '-g', group])),
    )

    const connections = await tools.admin(['consumerConnection', '-g', group])
    const clientId = /\d+\.\d+\.\d+\.\d+@\S+/.exec(connections)?.[0] ?? ''
    expectThat(clientId !== '', `consumerConnection names no client: ${connections.slice(0, 500)}`)
    const msgId = produced.messages[0]?.msgId ?? ''
    const directly = ['queryMsgByUniqueKey', '-t', topic, '-i', msgId, '-g', group, '-d', clientId]
    const looking: Step[] = [
      { args: ['producerConnection', '-g', 'CLIENT_INNER_PRODUCER', '-t', topic], prints: /127\.0\.0\.1@/ },
      { args: ['producer', '-b', broker], prints: /CLIENT_INNER_PRODUCER.*clientId=127/ },
      { args: ['consumerStatus', '-g', group], prints: /Same subscription[\s\S]*Rebalance OK/ },
      {
        args: ['consumerStatus', '-g', group, '-i', clientId],
        prints: /#Consumer Properties#[\s\S]*CONSUME_PASSIVELY/,
      },
      { args: ['consumerProgress', '-g', group, '-s', 'true'], prints: /127\.0\.0\.1 [\s\S]*Diff Total: 0/ },
      { args: ['consumerProgress'], prints: new RegExp(`${group}\\s+1\\s+V\\d_\\d_\\d+\\s+PUSH\\s+CLUSTERING`) },
      { args: ['brokerConsumeStats', '-b', broker], prints: new RegExp(`${topic}\\s+${group}\\s+${BROKER_NAME}`) },
      { args: ['statsAll', '-t', topic], prints: new RegExp(`${topic}\\s+${group}\\s+0\\s`) },
      { args: directly, prints: /consumeResult=CR_SUCCESS/, inNewJvm: true },
    ]
    let count = 1 + (await runSteps(tools.admin, looking))

    const seen = consumer.messages.length
    const reset: Step = {
      args: ['resetOffsetByTime', '-g', group, '-t', topic, '-s', '0'],
      prints: new RegExp(BROKER_NAME),
    }
    count += await runSteps(tools.admin, [reset])
    await waitFor('the messages come once more after the reset', () => consumer.messages.length >= seen + MESSAGES)
    await consumer.stop()

    const clone = context.group('clone')
    const made = context.group('made')
    const offline: Step[] = [
      { args: ['updateSubGroup', '-b', broker, '-g', clone], prints: /create subscription group to .* success/ },
      { args: ['cloneGroupOffset', '-s', group, '-d', clone, '-t', topic], prints: /clone group offset success/ },
      {
        args: ['updateSubGroup', '-b', broker, '-g', made, '-r', '3'],
        prints: /create subscription group to .* success/,
      },
      { args: ['deleteSubGroup', '-b', broker, '-g', made], prints: /delete subscription group .* success/ },
      { args: ['updateSubGroup', '-c', CLUSTER_NAME, '-g', made, '-r', '3'], prints: /retryMaxTimes=3/ },
      { args: ['getConsumerConfig', '-g', made], prints: /retryMaxTimes\s+=\s+3/ },
      {
        args: ['deleteSubGroup', '-c', CLUSTER_NAME, '-g', made, '-r', 'true'],
        prints: /delete subscription group .* in cluster .* success/,
      },
      { args: ['skipAccumulatedMessage', '-g', group, '-t', topic], prints: new RegExp(BROKER_NAME) },
      { args: ['consumerProgress', '-g', group], prints: /Diff Total: 0/ },
    ]
    // One queue alone can be reset from 5.x on, though mqadmin does not send an offset of 0.
    if (context.column.tools !== '4.9') {
      const oneQueue = ['resetOffsetByTime', '-g', group, '-t', topic, '-s', 'now', '-b', broker, '-q', '1']
      offline.push(
        reset,
        { args: ['consumerProgress', '-g', group], prints: /Diff Total: 40/ },
        { args: oneQueue, prints: /reset consumer offset to (9|10)\b/ },
        { args: ['consumerProgress', '-g', group], prints: /Diff Total: 3[01]/ },
      )
    }
    count += await runSteps(tools.admin, offline)
    return `${count} command lines; a reset reached a running consumer`
  },
}
