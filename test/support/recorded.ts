/** The bytes recorded from Apache RocketMQ, as lines of JSON, unpacked. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { ROOT } from './stages.ts'

/** One recorded frame. */
export interface RecordedFrame {
  readonly file: string
  readonly conn: number
  readonly dir: 'c2s' | 's2c'
  readonly peer: 'namesrv' | 'broker'
  readonly hex: string
}

/** One hostile input with what was answered. `in` is one text or several parts, in hexadecimal. */
export interface HostileInput {
  readonly name: string
  readonly group: string
  readonly peer: 'namesrv' | 'broker' | 'ha'
  readonly in?: string | readonly string[]
  /** Instead of `in`, for a big body: \`head\`, then \`fill\` repeated. */
  readonly in_spec?: { readonly head: string; readonly fill: string; readonly count: number }
  readonly end: 'open' | 'closed'
  readonly answer?: readonly { readonly code?: number; readonly remark?: string | null }[]
}

export const recordedFrames = (): readonly RecordedFrame[] => lines('wire.jsonl.gz')
export const hostileInputs = (): readonly HostileInput[] => lines('hostile.jsonl.gz')

/** One message as a client of the official broker saw it. */
export interface ExpectedMessage {
  readonly queueOffset: number
  readonly physicalOffset: number
  readonly storeSize: number
  readonly sysFlag: number
  readonly flag: number
  readonly bornTimestamp: number
  readonly bornHost: string
  readonly storeTimestamp: number
  readonly storeHost: string
  readonly reconsumeTimes: number
  readonly body: { readonly len: number; readonly utf8?: string }
  readonly properties: Readonly<Record<string, string>>
}

/** What the official broker served of a store. */
export interface ExpectedStore {
  readonly commitLog: { readonly endOffset: number; readonly records: number }
  readonly topics: Readonly<
    Record<
      string,
      {
        readonly queues: Readonly<Record<string, { minOffset: number; maxOffset: number; messages: ExpectedMessage[] }>>
      }
    >
  >
}

/** A recorded store: its files, and what clients saw of it. */
export function recordedStore(name: 'store-clean' | 'store-killed'): {
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly expected: ExpectedStore
} {
  const { files } = unpack(`${name}.json.gz`) as { files: Record<string, string> }
  return {
    files: new Map(Object.entries(files).map(([path, bytes]) => [path, Buffer.from(bytes, 'base64')])),
    expected: unpack(`${name}.expected.json.gz`) as ExpectedStore,
  }
}

function unpack(name: string): unknown {
  return JSON.parse(gunzipSync(readFileSync(join(ROOT, 'test/fixtures/rocketmq-4.9.8', name))).toString('utf8'))
}

function lines<T>(name: string): T[] {
  return gunzipSync(readFileSync(join(ROOT, 'test/fixtures/rocketmq-4.9.8', name)))
    .toString('utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T)
}
