/**
 * One job of the store's benchmark in a process of its own, so that memory and a cold start can be measured:
 *
 *   store-worker.ts fill FOLDER MIB ASYNC_FLUSH|SYNC_FLUSH      appends messages of 1 KiB; ends without closing
 *   store-worker.ts read FOLDER                                 reads every queue from its first message to its last
 *   store-worker.ts open FOLDER                                 opens the store, as it was left
 *
 * Prints one line of JSON. Nothing is mocked: it is the store of the broker over the real file system.
 */
import { readFileSync } from 'node:fs'
import { MIB } from '../../reference/common/units.ts'
import { createNodeHost } from '../../reference/host/node/node-host.ts'
import type { FlushDiskType } from '../../reference/store/flush.ts'
import { INDEX_DEFAULTS } from '../../reference/store/index-file.ts'
import { COMMIT_LOG_FILE_BYTES, CONSUME_QUEUE_FILE_BYTES } from '../../reference/store/limits.ts'
import { createMessageStore, type MessageStore } from '../../reference/store/message-store.ts'
import type { NewMessage } from '../../reference/store/put-message.ts'

const BODY_BYTES = 1024
const QUEUES = 8
const TOPIC = 'StoreBench'
/** Puts under way at once: as many as the official benchmark has threads, and as one turn of a busy broker brings. */
const IN_FLIGHT = { SYNC_FLUSH: 64, ASYNC_FLUSH: 512 } as const

function openStore(folder: string, flushDiskType: FlushDiskType): MessageStore {
  const host = createNodeHost({ name: 'bench', directory: folder, onLog: (_level, text) => console.error(text) })
  const config = {
    directory: '',
    flushDiskType,
    commitLogFileBytes: COMMIT_LOG_FILE_BYTES,
    consumeQueueFileBytes: CONSUME_QUEUE_FILE_BYTES,
    index: INDEX_DEFAULTS,
    storeIp: Uint8Array.of(127, 0, 0, 1),
    storePort: 10_911,
  }
  const store = createMessageStore(host, config, () => {})
  store.open()
  return store
}

function messageOf(id: number): NewMessage {
  const uniqKey = `7F000001${id.toString(16).toUpperCase().padStart(24, '0')}`
  return {
    topic: TOPIC,
    queueId: id % QUEUES,
    flag: 0,
    sysFlag: 0,
    bornTimestamp: Date.now(),
    bornIp: Uint8Array.of(127, 0, 0, 1),
    bornPort: 40_000,
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    body: new Uint8Array(BODY_BYTES).fill(1 + (id % 200)),
    propertiesText: `KEYS\u0001key-${id}\u0002UNIQ_KEY\u0001${uniqKey}\u0002TAGS\u0001tag${id % 4}\u0002`,
    tagsCode: id % 4,
    waitStoreMsgOk: true,
    key: '',
  }
}

function fill(folder: string, mib: number, flushDiskType: FlushDiskType): Promise<object> {
  const store = openStore(folder, flushDiskType)
  const until = mib * MIB
  return new Promise((resolve) => {
    const startedAt = performance.now()
    let id = 0
    let underWay = 0
    const putSome = () => {
      for (; underWay < IN_FLIGHT[flushDiskType] && store.commitLogMaxOffset < until; underWay++) {
        store.putMessage(messageOf(id++), ({ status, reason }) => {
          if (status !== 'PUT_OK') throw new Error(`a put ended with ${status}: ${reason}`)
          underWay--
        })
      }
      if (underWay > 0) return void setImmediate(putSome)
      const seconds = (performance.now() - startedAt) / 1000
      const mibPerSecond = store.commitLogMaxOffset / MIB / seconds
      // the checkpoint comes every second; then the process ends as if it had been killed
      setTimeout(() => resolve({ perSecond: id / seconds, mibPerSecond, messages: id }), 2_500)
    }
    putSome()
  })
}

function read(folder: string): object {
  const store = openStore(folder, 'ASYNC_FLUSH')
  const startedAt = performance.now()
  let messages = 0
  let bytes = 0
  for (let queueId = 0; queueId < QUEUES; queueId++) {
    for (let offset = 0; ; ) {
      const { count, nextBeginOffset, records } = store.getMessage(TOPIC, queueId, offset, 32, () => true)
      if (count === 0) break
      messages += count
      for (const record of records) bytes += record.length
      offset = nextBeginOffset
    }
  }
  const seconds = (performance.now() - startedAt) / 1000
  return { perSecond: messages / seconds, mibPerSecond: bytes / MIB / seconds, messages }
}

function open(folder: string): object {
  const before = peakMiB()
  const startedAt = performance.now()
  const store = openStore(folder, 'ASYNC_FLUSH')
  const seconds = (performance.now() - startedAt) / 1000
  return { seconds, gib: store.commitLogMaxOffset / MIB / 1024, peakMiB: peakMiB(), beforeMiB: before }
}

/** The most memory this process has had; 0 where the system does not tell. */
function peakMiB(): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

const [job, folder = '', mib = '0', flushDiskType = 'ASYNC_FLUSH'] = process.argv.slice(2)
const result =
  job === 'fill'
    ? await fill(folder, Number(mib), flushDiskType as FlushDiskType)
    : job === 'read'
      ? read(folder)
      : open(folder)
console.log(JSON.stringify(result))
process.exit(0)
