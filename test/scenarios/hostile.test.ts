/**
 * What the official 4.9.8 broker and name server answered to 434 hostile and odd inputs, ours answer too, by code, but for
 * the differences that `hostile-differences.ts` lists with their reasons. The inputs come in the recorded order, each over a
 * connection of its own; the four to the replication port are left out.
 */
import { expect, it } from 'vitest'
import { fromHex, toHex } from '../../reference/common/message-id.ts'
import { encodeProperties } from '../../reference/common/message-properties.ts'
import { encodeUtf8 } from '../../reference/common/utf8.ts'
import type { Program } from '../../reference/host/program.ts'
import { SimCluster } from '../../reference/host/sim/cluster.ts'
import { decodeFrame, encodeFrame, FrameSplitter } from '../../reference/remoting/frame-codec.ts'
import { makeRequest } from '../../reference/remoting/remoting-command.ts'
import { RequestCode } from '../../reference/remoting/request-code.ts'
import { sendMessageV2 } from '../../reference/remoting/requests/send-message.ts'
import { type HostileInput, hostileInputs } from '../support/recorded.ts'
import { PROGRAMS, startCluster } from '../support/sim.ts'
import { differences } from './hostile-differences.ts'

const PART_GAP_MS = 20
const SILENCE_MS = 40_000

/** Sends bytes over a connection of their own; what came back: codes of answers, and whether the peer closed. */
const prober: Program = (host, _args, signals) => {
  host.application.serve((_name, text, answer) => {
    const { address, parts, answers } = JSON.parse(text) as { address: string; parts: string[]; answers: number }
    const splitter = new FrameSplitter()
    const codes: number[] = []
    const remarks: string[] = []
    let isOver = false
    const end = (how: 'open' | 'closed') => {
      if (isOver) return
      isOver = true
      answer(JSON.stringify({ codes, remarks, end: how }))
      if (how === 'open') host.network.close(connection)
    }
    const connection = host.network.connect(address, {
      onOpened(id) {
        parts.forEach((part, i) => {
          host.clock.after(i * PART_GAP_MS, () => host.network.send(id, fromHex(part)!))
        })
      },
      onBytes(_id, bytes) {
        splitter.push(bytes, (frame) => {
          const command = decodeFrame(frame)
          if ((command.flag & 1) === 0) return // asked by the broker, such as 40
          codes.push(command.code)
          remarks.push(command.remark ?? '')
        })
        if (answers > 0 && codes.length >= answers) host.clock.after(PART_GAP_MS * parts.length, () => end('open'))
      },
      onClosed: () => end('closed'),
    })
    host.clock.after(answers > 0 ? SILENCE_MS : 2_000, () => end('open'))
  })
  host.clock.after(0, () => signals.ready())
  return { stop: (done) => host.clock.after(0, done) }
}

interface Outcome {
  readonly codes: readonly number[]
  readonly remarks: readonly string[]
  readonly end: 'open' | 'closed'
}

/** Message i of the five that the pulls of the recording found: tags A and B in turn, the property a. */
function pullable(i: number): string {
  const tag = i % 2 === 0 ? 'A' : 'B'
  const extFields = sendMessageV2.encode({
    producerGroup: 'PG_H',
    topic: 'HostPull',
    defaultTopic: 'TBW102',
    defaultTopicQueueNums: 4,
    queueId: 0,
    sysFlag: 0,
    bornTimestamp: 1,
    flag: 0,
    properties: encodeProperties(
      new Map([
        ['a', `${i}`],
        ['TAGS', tag],
      ]),
    ),
  })
  const frame = encodeFrame(
    makeRequest({ code: sendMessageV2.code, extFields, body: encodeUtf8(`pull ${i}`) }, 1, false),
  )
  return JSON.stringify({ address: 'broker-a:10911', parts: [toHex(frame)], answers: 1 })
}

const recordedCodes = (input: HostileInput) =>
  (input.answer ?? [])
    .map((each) => each.code)
    .filter((code) => code !== undefined && code !== RequestCode.NOTIFY_CONSUMER_IDS_CHANGED)

function partsOf({ in: input, in_spec: spec }: HostileInput): string[] {
  if (spec !== undefined) return [spec.head + spec.fill.repeat(spec.count)]
  return typeof input === 'string' ? [input] : [...(input ?? [])]
}

it('hostile and odd inputs are answered as the official 4.9.8 broker answers them, but for the listed differences', async () => {
  const programs = { ...PROGRAMS, prober: { program: prober, usesPromises: false } }
  const cluster = new SimCluster({ seed: 1, programs, record: false })
  const found: string[] = []
  const unused = new Set(differences.keys())
  try {
    await cluster.driver.run(async () => {
      const settings = ['enablePropertyFilter=true', 'mappedFileSizeCommitLog=33554432', 'adminWriteEnable=true']
      await startCluster(cluster, { brokers: ['broker-a'], settings })
      await cluster.admin('admin', ['updateTopic', '-t', 'HostTopic', '-c', 'DefaultCluster', '-r', '2', '-w', '2'])
      await cluster.admin('admin', ['updateTopic', '-t', 'HostPull', '-c', 'DefaultCluster', '-r', '2', '-w', '2'])
      await cluster.start({ name: 'prober', program: 'prober', args: [] })
      for (let i = 0; i < 5; i++) await cluster.call('prober', 'probe', pullable(i))
      for (const input of hostileInputs()) {
        if (input.peer === 'ha') continue
        const address = input.peer === 'broker' ? 'broker-a:10911' : 'namesrv:9876'
        const wanted = recordedCodes(input)
        const call = JSON.stringify({ address, parts: partsOf(input), answers: wanted.length })
        const outcome = JSON.parse(await cluster.call('prober', 'probe', call)) as Outcome
        const isSame =
          String(outcome.codes) === String(wanted) && (outcome.end === input.end || outcome.codes.length > 0)
        const name = `${input.group}: ${input.name}`
        const difference = differences.get(name)
        if (difference !== undefined) unused.delete(name)
        const isListed = difference !== undefined && String(outcome.codes) === String(difference.ours)
        const expected = difference === undefined || (difference.isForNow === true && isSame) ? isSame : isListed
        if (!expected)
          found.push(
            `${name}\n   there ${wanted} ${input.end} ${input.answer?.[0]?.remark?.slice(0, 140)}\n   here  ${outcome.codes} ${outcome.end} ${outcome.remarks[0]}`,
          )
      }
    })
  } finally {
    await cluster.dispose()
  }
  expect(found, `${found.length} inputs are answered otherwise`).toEqual([])
  expect([...unused], 'listed differences that no input has').toEqual([])
}, 60_000)
