/** What a broker keeps: records in the log, entries of the queues, what is flushed, what is found after a start. */
import {
  keep,
  mechanism,
  move,
  release,
  type Scene,
  type SceneBroker,
  type SceneQueue,
  type SceneRecord,
} from '../state.ts'
import { messageName, queueName } from '../words/say.ts'

export const storage = mechanism({
  on: {
    'record.appended': (scene, event) => {
      const { n, node, topic, queueId, queueOffset, physicalOffset, sizeBytes, key } = event
      const queue = `${topic}/${queueId}`
      scene.brokers[node]?.log.push({ n, key, queue, queueOffset, physicalOffset, sizeBytes, isFlushed: false })
      move(scene, key, 'stored', `${node}, ${topic} queue ${queueId}, offset ${queueOffset}`)
      if (scene.nodes[node]?.role === 'slave') keepAsMaster(scene, node, key, topic)
    },
    'entry.dispatched': (scene, { node, topic, queueId, queueOffset, physicalOffset }) => {
      const broker = scene.brokers[node]
      const queue = broker?.queues[`${topic}/${queueId}`]
      if (queue === undefined || broker === undefined) return
      const record = broker.log.find((one) => one.physicalOffset === physicalOffset)
      enter(queue, { key: record?.key ?? '', queueOffset })
    },
    'log.recovered': (scene, { node, physicalOffset }) => {
      // what lay behind the end that was found is gone: from the log, and from the queues that pointed to it
      const broker = scene.brokers[node]
      if (broker !== undefined) forgetAfter(broker, physicalOffset)
      // a queue that was removed while the broker was down has been made again from the log
      for (const [name, queue] of Object.entries(broker?.queues ?? {})) {
        if (queue.max > 0) continue
        for (const record of broker!.log) if (record.queue === name) enter(queue, record)
      }
    },
    'log.flushed': (scene, { node, physicalOffset }) => {
      const broker = scene.brokers[node]
      if (broker === undefined) return
      broker.flushedTo = physicalOffset
      for (const record of broker.log) record.isFlushed ||= record.physicalOffset + record.sizeBytes <= physicalOffset
    },
  },
  words: {
    'record.appended': ({ node, topic, key, sizeBytes, physicalOffset }) =>
      `${node} appends ${messageName(topic, key)} to its log: ${sizeBytes} bytes at ${physicalOffset}, not yet flushed.`,
    'entry.dispatched': ({ node, topic, queueId, queueOffset }) =>
      `${node} enters it in ${queueName(topic, queueId)} at offset ${queueOffset}.`,
    'log.flushed': ({ node, physicalOffset }) => `The log of ${node} is on the disk up to byte ${physicalOffset}.`,
    'log.rolled': ({ node, file }) => `${node} begins a new log file, ${file}.`,
    'log.recovered': ({ node, records, physicalOffset, removedBytes }) =>
      `${node} finds ${records} records in its log, which ends at ${physicalOffset}${removedBytes > 0 ? `, and cuts off ${removedBytes} bytes behind` : ''}.`,
  },
})

/** The topics in which messages wait for their time. */
const WAITING_TOPICS: readonly string[] = ['SCHEDULE_TOPIC_XXXX', 'rmq_sys_wheel_timer']

/** A slave has copied a record: it keeps the message back while it waits for its time, as its master does. */
function keepAsMaster(scene: Scene, slave: string, key: string, topic: string): void {
  if (!WAITING_TOPICS.includes(topic)) return release(scene, slave, key)
  const kept = Object.values(scene.brokers).find((broker) => broker.kept[key] !== undefined)?.kept[key]
  if (kept !== undefined) keep(scene, slave, key, kept)
}

/** Takes what lies behind a position out of a broker: from the log, and from the queues that point to it. */
export function forgetAfter(broker: SceneBroker, physicalOffset: number): void {
  broker.copiedTo = Math.min(broker.copiedTo, physicalOffset)
  broker.confirmedTo = Math.min(broker.confirmedTo, physicalOffset)
  broker.flushedTo = Math.min(broker.flushedTo, physicalOffset)
  const lost = broker.log.filter((record) => record.physicalOffset >= physicalOffset)
  broker.log = broker.log.filter((record) => record.physicalOffset < physicalOffset)
  for (const record of lost) {
    const queue = broker.queues[record.queue]
    if (queue === undefined) continue
    queue.max = Math.min(queue.max, record.queueOffset)
    queue.cells.length = Math.min(queue.cells.length, record.queueOffset)
  }
}

function enter(queue: SceneQueue, { key, queueOffset }: Pick<SceneRecord, 'key' | 'queueOffset'>): void {
  queue.cells[queueOffset] = key
  queue.max = queueOffset + 1
}
