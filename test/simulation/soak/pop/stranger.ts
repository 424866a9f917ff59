/** A stranger that pops by hand, beside the members of the group, and then acknowledges, changes times, or forgets. */
import type { Cluster } from '../../../../reference/host/cluster.ts'
import { RequestCode } from '../../../../reference/remoting/request-code.ts'
import { INIT_MODE } from '../../../../reference/remoting/requests/pop-message.ts'
import { invoke } from '../../../support/raw-client.ts'
import { GROUP, TOPIC } from '../mechanism/stage.ts'
import type { Place } from './pop-promises.ts'

/** The node: a `raw-client`. */
export const STRANGER = 'stranger'
const INVISIBLE_MS = 8_000
const HIDDEN_MS = 20_000
const POLL_MS = 3_000
/** Bits of one acknowledgement here; how far a batch may reach is the broker's matter. */
const ACK_BITS = 64

export interface StrangerOp {
  readonly op: 'stranger'
  readonly broker: string
  readonly count: number
  readonly does: 'forget' | 'ack' | 'ackSome' | 'hide'
  /** Between the pop and that. */
  readonly waitMs: number
}

/** Some messages of one queue that came in one pop. */
interface Batch {
  readonly to: string
  readonly broker: string
  readonly mark: string
  readonly queueId: number
  readonly start: number
  readonly popTime: string
  readonly reviveQid: string
  readonly offsets: readonly number[]
}

/**
 * Pops once. `acks`: called for each message before it is acknowledged; whatever the answer is, the broker may have taken it.
 * @returns whether it got messages
 */
export async function popByHand(cluster: Cluster, op: StrangerOp, acks: (place: Place) => void): Promise<boolean> {
  const { broker, count, does, waitMs } = op
  const to = `${broker}:10911`
  const extFields = {
    ...{ consumerGroup: GROUP, topic: TOPIC, queueId: '-1', maxMsgNums: `${count}`, initMode: `${INIT_MODE.MIN}` },
    ...{ invisibleTime: `${INVISIBLE_MS}`, pollTime: `${POLL_MS}`, bornTime: '0' },
  }
  const code = RequestCode.POP_MESSAGE
  const answer = await invoke(cluster, STRANGER, { to, code, extFields }).catch(() => undefined)
  if (answer?.code !== 0) return false
  const { popTime = '0', reviveQid = '0', startOffsetInfo = '', msgOffsetInfo = '' } = answer.extFields
  await cluster.sleep(waitMs)
  if (does === 'forget') return true
  const starts = new Map(
    startOffsetInfo.split(';').map((entry) => [entry.slice(0, entry.lastIndexOf(' ')), entry.split(' ')[2]!]),
  )
  for (const entry of msgOffsetInfo.split(';')) {
    const [mark = '0', queueId = '0', list = ''] = entry.split(' ')
    const start = Number(starts.get(`${mark} ${queueId}`))
    const offsets = list.split(',').map(Number)
    const batch = { to, broker, mark, queueId: Number(queueId), start, popTime, reviveQid, offsets }
    if (does === 'hide') await hide(cluster, batch)
    else await acknowledge(cluster, batch, does === 'ack' ? offsets : offsets.filter((_, i) => i % 2 === 0), acks)
  }
  return true
}

async function hide(cluster: Cluster, { to, broker, mark, queueId, start, popTime, reviveQid, offsets }: Batch) {
  for (const offset of offsets) {
    const extraInfo = [start, popTime, INVISIBLE_MS, reviveQid, mark, broker, queueId, offset].join(' ')
    const extFields = {
      ...{ consumerGroup: GROUP, topic: topicOf(mark), queueId: `${queueId}`, offset: `${offset}` },
      ...{ extraInfo, invisibleTime: `${HIDDEN_MS}` },
    }
    await invoke(cluster, STRANGER, { to, code: RequestCode.CHANGE_MESSAGE_INVISIBLETIME, extFields }).catch(() => {})
  }
}

async function acknowledge(
  cluster: Cluster,
  { to, broker, mark, queueId, start, popTime, reviveQid }: Batch,
  offsets: readonly number[],
  acks: (place: Place) => void,
) {
  const bits = new Uint8Array(ACK_BITS / 8)
  for (const offset of offsets) {
    const bit = offset - start
    if (bit < ACK_BITS) bits[bit >> 3]! |= 1 << (bit & 7)
    acks({ node: broker, topic: topicOf(mark), queueId, queueOffset: offset })
  }
  const one = { c: GROUP, t: TOPIC, r: mark, so: start, q: queueId, rq: Number(reviveQid), pt: Number(popTime) }
  const b = Buffer.from(bits).toString('base64')
  const body = JSON.stringify({ brokerName: broker, acks: [{ ...one, it: INVISIBLE_MS, b }] })
  await invoke(cluster, STRANGER, { to, code: RequestCode.BATCH_ACK_MESSAGE, body }).catch(() => {})
}

const topicOf = (mark: string) => (mark === '0' ? TOPIC : `%RETRY%${GROUP}${mark === '1' ? '_' : '+'}${TOPIC}`)
