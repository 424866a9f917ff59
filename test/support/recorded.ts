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
  readonly end: 'open' | 'closed'
  readonly answer?: readonly { readonly code?: number; readonly remark?: string | null }[]
}

export const recordedFrames = (): readonly RecordedFrame[] => lines('wire.jsonl.gz')
export const hostileInputs = (): readonly HostileInput[] => lines('hostile.jsonl.gz')

function lines<T>(name: string): T[] {
  return gunzipSync(readFileSync(join(ROOT, 'test/fixtures/rocketmq-4.9.8', name)))
    .toString('utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T)
}
