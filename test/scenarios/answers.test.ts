/**
 * Every request that a broker, a NameServer and a controller serve, asked in every way that `test/support/questions.ts` knows, and the
 * answers as they are on the wire: `answers/`. What an operator or a client is told changes only when somebody means it. Write
 * the answers again, and read the difference:
 * `npx vitest run --config test/vitest.config.ts --project quick test/scenarios/answers.test.ts --update`.
 */
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Cluster } from '../../reference/host/cluster.ts'
import type { HeaderFields, RequestDefinition } from '../../reference/remoting/request.ts'
import { requestName } from '../../reference/remoting/request-code.ts'
import { ResponseCode } from '../../reference/remoting/response-code.ts'
import { type Question, type Reply, withAsker } from '../support/asker.ts'
import { CONTROLLER_PORT, startControllerShape } from '../support/controller-shape.ts'
import { type Asked, CLIENT, variantsOf } from '../support/questions.ts'
import { NAMESRV, startCluster, startConsumer, startProducer, startTransactionProducer } from '../support/sim.ts'
import { ROOT } from '../support/stages.ts'

type Ask = (question: Question) => Promise<Reply>

/** Longer texts are shown by their beginning and a hash. */
const SHOWN_CHARACTERS = 160
/** These end what others need, so they come last. */
const DESTRUCTIVE = [
  'unregisterClient',
  'deleteSubscriptionGroup',
  'cleanUnusedTopic',
  'deleteTopicInBroker',
  'unregisterBroker',
]
/** The bodies of requests that have one; the first is the usual one. */
const BODIES: Readonly<Record<string, readonly string[]>> = {
  sendMessage: ['hello', ''],
  sendMessageV2: ['hello', ''],
  sendReplyMessage: ['hello'],
  sendReplyMessageV2: ['hello'],
  lockBatchMq: [
    '{"clientId":"c1","consumerGroup":"billing","mqSet":[{"brokerName":"broker-a","queueId":0,"topic":"Orders"}]}',
    '{"clientId":"c2","consumerGroup":"billing","mqSet":[{"brokerName":"broker-a","queueId":0,"topic":"Orders"}]}',
    '{"clientId":"c1","consumerGroup":"billing","mqSet":[]}',
    '{}',
    'x',
  ],
  unlockBatchMq: [
    '{"clientId":"c2","consumerGroup":"billing","mqSet":[{"brokerName":"broker-a","queueId":0,"topic":"Orders"}]}',
    '{"clientId":"c1","consumerGroup":"billing","mqSet":[{"brokerName":"broker-a","queueId":0,"topic":"Orders"}]}',
    'x',
  ],
  setMessageRequestMode: [
    '{"topic":"Orders","consumerGroup":"slow","mode":"POP","popShareQueueNum":2}',
    '{"topic":"%RETRY%slow","consumerGroup":"slow","mode":"POP","popShareQueueNum":0}',
    '{"topic":"Orders","consumerGroup":"slow","mode":"x"}',
    'x',
  ],
  queryAssignment: [
    '{"topic":"Orders","consumerGroup":"slow","clientId":"$client","strategyName":"AVG","messageModel":"CLUSTERING"}',
    '{"topic":"Orders","consumerGroup":"billing","clientId":"$client","strategyName":"AVG","messageModel":"CLUSTERING"}',
    '{"topic":"Orders","consumerGroup":"billing","clientId":"$client","strategyName":"x","messageModel":"CLUSTERING"}',
    '{"topic":"Orders","consumerGroup":"billing","clientId":"$client","strategyName":"AVG","messageModel":"BROADCASTING"}',
    'x',
  ],
  updateAndCreateSubscriptionGroup: [
    '{"groupName":"made","consumeEnable":false,"retryMaxTimes":3}',
    '{"groupName":"a b"}',
    '{}',
    'x',
  ],
  updateAndCreateSubscriptionGroupList: ['{"groupConfigList":[{"groupName":"made-1"},{"groupName":"made-2"}]}', 'x'],
  updateAndCreateTopicList: ['{"topicConfigList":[{"topicName":"Made1"},{"topicName":"Made2"}]}', 'x'],
  updateBrokerConfig: ['traceTopicEnable=true', 'brokerName=x', 'nobody=1', 'x'],
  updateNamesrvConfig: ['orderMessageEnable=false', 'listenPort=1', 'x'],
  heartBeat: [
    '{"clientID":"c9","producerDataSet":[{"groupName":"p9"}],"consumerDataSet":[]}',
    '{"clientID":"c9","consumerDataSet":[{"groupName":"g9","consumeType":"CONSUME_PASSIVELY","messageModel":"CLUSTERING","consumeFromWhere":"CONSUME_FROM_FIRST_OFFSET","subscriptionDataSet":[{"topic":"Orders","subString":"*","subVersion":1}]}]}',
    'x',
  ],
}

/** A request, and whether only its usual form is asked. */
interface Asking extends Asked {
  readonly isBrief: boolean
}

/** All requests: those that change nothing first and, in their usual form, last again. */
async function requests(onlyQueries: boolean): Promise<readonly Asking[]> {
  const folder = join(ROOT, 'reference/remoting/requests')
  const all: Asking[] = []
  for (const file of readdirSync(folder).toSorted()) {
    const exported: Readonly<Record<string, unknown>> = await import(join(folder, file))
    for (const [name, value] of Object.entries(exported).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      if (typeof value === 'object' && value !== null && 'code' in value && 'fields' in value)
        all.push({ name, request: value as RequestDefinition<HeaderFields>, isBrief: false })
  }
  const changesNothing = ({ name }: Asked) => /^(?:get|query|view|search|polling|peek)/.test(name)
  if (onlyQueries) return all.filter(changesNothing)
  const isDestructive = ({ name }: Asked) => DESTRUCTIVE.includes(name)
  return [
    ...all.filter(changesNothing),
    ...all.filter((one) => !changesNothing(one) && !isDestructive(one)),
    ...all.filter(isDestructive),
    ...all.filter(changesNothing).map((one) => ({ ...one, isBrief: true })),
  ]
}

function shown(text: string): string {
  const line = JSON.stringify(text)
  if (line.length <= SHOWN_CHARACTERS) return line
  return `${line.slice(0, SHOWN_CHARACTERS)}… ${text.length} characters, ${createHash('sha256').update(text).digest('hex').slice(0, 12)}`
}

function answerText({ code, remark, fields, body }: Reply): string {
  const parts = [`${code}`]
  if (remark !== '') parts.push(shown(remark))
  if (Object.keys(fields).length > 0) parts.push(shown(JSON.stringify(fields)))
  if (body !== '') parts.push(shown(body))
  return parts.join(' ')
}

/** Asks a server everything. Requests that it does not serve are left out. */
async function answers(ask: Ask, to: string, client: string, onlyQueries = false): Promise<string> {
  const sections: string[] = []
  for (const asked of await requests(onlyQueries)) {
    const { code } = asked.request
    const bodies = BODIES[asked.name] ?? [undefined]
    const byAnswer = new Map<string, string[]>()
    let isServed = true
    for (const [i, variant] of variantsOf(asked)
      .slice(0, asked.isBrief ? 1 : undefined)
      .entries()) {
      for (const [j, body] of (i === 0 ? bodies : bodies.slice(0, 1)).entries()) {
        const fields = Object.fromEntries(
          Object.entries(variant.fields).map(([name, value]) => [name, value.replace(CLIENT, client)]),
        )
        const question = { code, fields, to, ...(body === undefined ? {} : { body: body.replace(CLIENT, client) }) }
        const reply = await ask(question).catch((error: Error) => ({
          code: -1,
          remark: error.message,
          fields: {},
          body: '',
        }))
        if (reply.code === ResponseCode.REQUEST_CODE_NOT_SUPPORTED) {
          isServed = false
          break
        }
        const text = answerText(reply)
        const words = j === 0 ? variant.words : `body ${j + 1}`
        byAnswer.set(text, [...(byAnswer.get(text) ?? []), words])
      }
      if (!isServed) break
    }
    if (!isServed) continue
    const lines = [...byAnswer].map(([text, words]) => `${text}\n    ${words.join(' | ')}`)
    sections.push(`# ${code} ${requestName(code)}${asked.isBrief ? ', at the end' : ''}\n\n${lines.join('\n')}\n`)
  }
  return sections.join('\n')
}

/** A broker with messages of every kind, a group that has consumed them, one that is behind, and one that fails. */
async function busyBroker(cluster: Cluster): Promise<void> {
  await startCluster(cluster, { brokers: ['broker-a'], queues: 2 })
  await startProducer(cluster)
  for (let i = 1; i <= 12; i++) {
    const message = { topic: 'Orders', key: `k-${i}`, body: `body ${i}`, tag: i % 2 === 0 ? 'even' : 'odd' }
    await cluster.produce('shop', message)
  }
  cluster.onDelivery(({ group, key }) => (group === 'slow' && key === 'k-3' ? 'RECONSUME_LATER' : 'CONSUME_SUCCESS'))
  await startConsumer(cluster, 'billing-1', 'billing')
  await startConsumer(cluster, 'slow-1', 'slow', ['maxReconsumeTimes=1'])
  await cluster.sleep(60_000)
  await cluster.stop('slow-1')
  await startTransactionProducer(cluster, 'bank')
  for (let i = 1; i <= 3; i++) await cluster.produce('bank', { topic: 'Orders', key: `t-${i}`, body: 'paid' })
  await cluster.sleep(10_000)
}

async function clientOf(ask: Ask, to: string): Promise<string> {
  const { body } = await ask({ to, code: 203, fields: { consumerGroup: 'billing' } })
  return (JSON.parse(body) as { connectionSet: { clientId: string }[] }).connectionSet[0]!.clientId
}

it('a broker', () =>
  withAsker(async (cluster, ask) => {
    await busyBroker(cluster)
    await expect(await answers(ask, 'broker-a:10911', await clientOf(ask, 'broker-a:10911'))).toMatchFileSnapshot(
      'answers/broker.md',
    )
  }))

it('a slave, and a master under a controller', () =>
  withAsker(async (cluster, ask) => {
    await startControllerShape(cluster)
    await startProducer(cluster)
    await cluster.start({ name: 'admin', program: 'admin', args: [NAMESRV] })
    await cluster.admin('admin', ['updateTopic', '-t', 'Orders', '-b', 'broker-1:10911', '-r', '2', '-w', '2'])
    for (let i = 1; i <= 4; i++) await cluster.produce('shop', { topic: 'Orders', key: `k-${i}`, body: `body ${i}` })
    await startConsumer(cluster, 'billing-1', 'billing')
    await cluster.sleep(30_000)
    const client = await clientOf(ask, 'broker-1:10911')
    for (const name of ['broker-1', 'broker-2'])
      await expect(await answers(ask, `${name}:10911`, client, true)).toMatchFileSnapshot(`answers/${name}.md`)
  }))

it('a NameServer', () =>
  withAsker(async (cluster, ask) => {
    await startCluster(cluster, { brokers: ['broker-a'], queues: 2 })
    await expect(await answers(ask, 'namesrv:9876', 'nobody')).toMatchFileSnapshot('answers/namesrv.md')
  }))

it('a controller', () =>
  withAsker(async (cluster, ask) => {
    await startControllerShape(cluster)
    await cluster.sleep(10_000)
    await expect(await answers(ask, `controller-0:${CONTROLLER_PORT}`, 'nobody')).toMatchFileSnapshot(
      'answers/controller.md',
    )
  }))
