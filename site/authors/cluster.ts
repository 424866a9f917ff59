/**
 * What the figures of the gallery for authors have in common: a topic that exists, nodes that start, applications that act by
 * the clock alone.
 */
import type { Cluster } from '#reference/host/cluster.ts'
import type { GridVerdict, RunLog } from '#site/figures/kit/types.ts'

export const TOPIC = 'Orders'
const DRINKS = ['coffee', 'tea', 'cocoa']

/** The file with which a broker knows the topic from the start. */
function topicsJson(queues: number): string {
  return JSON.stringify({
    dataVersion: { counter: 1, stateVersion: 0, timestamp: 1_704_067_100_000 },
    topicConfigTable: {
      [TOPIC]: {
        attributes: {},
        order: false,
        perm: 6,
        readQueueNums: queues,
        topicFilterType: 'SINGLE_TAG',
        topicName: TOPIC,
        topicSysFlag: 0,
        writeQueueNums: queues,
      },
    },
  })
}

/** Starts a node unless the reader has made that impossible. */
export function start(cluster: Cluster, name: string, program: string, args: readonly string[]): void {
  void cluster.start({ name, program, args }).catch(() => {})
}

/** Starts a broker with small files: a figure's disk is memory. */
export function startBroker(
  cluster: Cluster,
  name: string,
  namesrvAddr: string,
  queues: number,
  settings: readonly string[] = [],
): void {
  const args = [
    `namesrvAddr=${namesrvAddr}`,
    `brokerName=${name}`,
    'listenPort=10911',
    'mappedFileSizeConsumeQueue=6000',
    ...settings,
  ]
  const files = { 'store/config/topics.json': topicsJson(queues) }
  void cluster.start({ name, program: 'broker', args, files }).catch(() => {})
}

/** Starts a member of a group that reads from the first offset. */
export function startConsumer(cluster: Cluster, name: string, namesrvAddr: string, group: string): void {
  const from = 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET'
  start(cluster, name, 'consumer', [`namesrvAddr=${namesrvAddr}`, `group=${group}`, `topic=${TOPIC}`, from])
}

/** Sends an order; whatever comes of it, the application goes on. */
export function send(cluster: Cluster, producer: string, number: number): void {
  const tag = DRINKS[number % DRINKS.length]!
  const order = { topic: TOPIC, key: `order-${number}`, body: `one ${tag}, please`, tag }
  void cluster.produce(producer, order).catch(() => {})
}

/** What a grid says of a run: orders that were answered SEND_OK and handed to nobody. */
export function lostOf({ events }: RunLog): GridVerdict {
  const consumed = new Set<string>()
  const acknowledged = new Set<string>()
  for (const event of events) {
    if (event.kind === 'message.consumed' && event.status === 'CONSUME_SUCCESS') consumed.add(event.key)
    if (event.kind === 'message.sent' && event.status === 'SEND_OK') acknowledged.add(event.key)
  }
  const lost = [...acknowledged].filter((key) => !consumed.has(key)).length
  return lost === 0 ? { verdict: 'good', text: 'none lost' } : { verdict: 'bad', text: `${lost} lost` }
}

/** Orders that the first power cut took although the broker had them. */
export function takenOf({ events }: RunLog): GridVerdict {
  const offsets: number[] = []
  let isCut = false
  for (const event of events) {
    if (event.kind === 'record.appended' && event.topic === TOPIC) offsets.push(event.physicalOffset)
    isCut ||= event.kind === 'node.stopped' && event.how === 'powercut'
    if (event.kind !== 'log.recovered' || !isCut) continue
    const taken = offsets.filter((offset) => offset >= event.physicalOffset).length
    return taken === 0 ? { verdict: 'good', text: 'all kept' } : { verdict: 'bad', text: `${taken} gone` }
  }
  return { verdict: 'even', text: 'not back' }
}

/** Sends that ended without SEND_OK. */
export function failedOf({ events }: RunLog): GridVerdict {
  let [sent, failed] = [0, 0]
  for (const event of events)
    if (event.kind === 'message.sent') {
      sent++
      if (event.status !== 'SEND_OK') failed++
    }
  for (const event of events) if (event.kind === 'app.answered' && event.error !== '') failed++
  if (failed === 0 && sent > 0) return { verdict: 'good', text: 'all sent' }
  return { verdict: 'bad', text: `${failed} failed` }
}

/** Sends orders `first` to `last`, one every `everyMs`. */
export async function sendMany(
  cluster: Cluster,
  producer: string,
  [first, last]: readonly [number, number],
  everyMs: number,
): Promise<void> {
  for (let number = first; number <= last; number++) {
    send(cluster, producer, number)
    await cluster.sleep(everyMs)
  }
}

/** Sleeps until a virtual time. */
export function until(cluster: Cluster, atMs: number): Promise<void> {
  return cluster.sleep(Math.max(0, atMs - cluster.nowMs()))
}
