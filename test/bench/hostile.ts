/**
 * A well-behaved client beside one attack after another: how long its sends and its questions for a route take, and how much
 * memory the servers use.
 *
 * The attacker, the client and the servers are processes of their own; the client sends one small message and asks for one
 * route at a time, with two milliseconds between, and counts what fails as its time-out.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createNodeHost } from '../../reference/host/node/node-host.ts'
import { RemotingClient } from '../../reference/remoting/remoting-client.ts'
import { RequestCode } from '../../reference/remoting/request-code.ts'
import { sendMessageV2 } from '../../reference/remoting/requests/send-message.ts'
import { glassmqBroker, glassmqNameServer } from '../interop/glassmq.ts'
import { ATTACKS } from '../support/hostile-attacks.ts'
import { DECODERS, refuses, repeated, TOKENS } from '../support/repetitive.ts'
import { temporaryFolder } from '../support/temp.ts'
import type { Bench, Figure } from './figure.ts'

const SECONDS = 3
const P99_MS_MAX = 50
/** Resident memory of one server: what it needs itself, `IN_FLIGHT_BYTES_MAX`, and what is not collected yet. */
const MEMORY_MIB_MAX = 768
const TIMEOUT_MS = 10_000
const GAP_MS = 2
const TOPIC = 'WellBehaved'
const ATTACKER = fileURLToPath(new URL('./hostile-attacker.ts', import.meta.url))

export const hostileBench: Bench = {
  name: 'hostile',
  about: `${ATTACKS.length} attacks of ${SECONDS} s each, beside a client that sends and asks for routes`,
  missing: async () => '',
  async run(say) {
    const figures: Figure[] = [...growth()]
    for (const { name } of [{ name: '' }, ...ATTACKS]) {
      const figure = await attacked(name)
      say(`${figure.what}: ${figure.value}`)
      figures.push(figure)
    }
    return figures
  },
}

// #region attacked
/** One attack on servers of its own; '' is none, to compare with. */
async function attacked(name: string): Promise<Figure> {
  const nameServer = await glassmqNameServer()
  const broker = await glassmqBroker({ namesrv: nameServer.address, config: { enablePropertyFilter: 'true' } })
  const folder = temporaryFolder('hostile-client')
  const host = createNodeHost({ name: 'client', directory: folder.path })
  const client = new RemotingClient(host)
  const memory = { peakMiB: 0, isOver: false }
  try {
    const ask = (to: string, code: number, extFields: Record<string, string>, body?: Uint8Array) =>
      new Promise<number>((resolve) => {
        const startMs = performance.now()
        client.invoke(to, { code, extFields, body }, TIMEOUT_MS, ({ response }) =>
          resolve(response?.code === 0 ? performance.now() - startMs : TIMEOUT_MS),
        )
      })
    const who = { producerGroup: 'well', topic: TOPIC, defaultTopic: 'TBW102', defaultTopicQueueNums: 1, queueId: 0 }
    const extFields = { ...sendMessageV2.encode({ ...who, sysFlag: 0, bornTimestamp: 1, flag: 0, properties: '' }) }
    const send = () => ask(broker.address, sendMessageV2.code, extFields, new Uint8Array(100))
    const route = () => ask(nameServer.address, RequestCode.GET_ROUTEINFO_BY_TOPIC, { topic: TOPIC })
    for (let i = 0; i < 300; i++) await send()
    for (let i = 0; i < 100; i++) await route()

    const attacker = name === '' ? undefined : startAttacker(name, broker.address, nameServer.address)
    void watchMemory([broker.pid, nameServer.pid], memory)
    const times: number[] = []
    if (attacker !== undefined) await sleep(500) // its process starts
    for (const endMs = performance.now() + SECONDS * 1_000; performance.now() < endMs; ) {
      times.push(await send(), await route())
      await sleep(GAP_MS)
    }
    memory.isOver = true
    await attacker
    return figureOf(name, times, memory.peakMiB)
  } finally {
    memory.isOver = true
    client.close()
    host.dispose()
    await broker.kill()
    await nameServer.kill()
    folder.remove()
  }
}

function startAttacker(name: string, broker: string, namesrv: string): Promise<void> {
  const args = [ATTACKER, name, String(SECONDS + 1), broker, namesrv, TOPIC]
  const child = spawn(process.execPath, args, { stdio: 'ignore' })
  return new Promise((resolve) => child.once('exit', () => resolve()))
}

async function watchMemory(pids: readonly number[], memory: { peakMiB: number; isOver: boolean }): Promise<void> {
  while (!memory.isOver) {
    for (const pid of pids) memory.peakMiB = Math.max(memory.peakMiB, residentMiB(pid))
    await sleep(25)
  }
}

/** 0 when the process is gone: then its client has failed already. */
function residentMiB(pid: number): number {
  try {
    return (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096) / 2 ** 20
  } catch {
    return 0
  }
}

function figureOf(name: string, times: number[], peakMiB: number): Figure {
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))]!
  const failed = times.filter((ms) => ms >= TIMEOUT_MS).length
  return {
    what: name === '' ? 'no attack' : name,
    value: `${at(0.5).toFixed(1)} / ${at(0.99).toFixed(1)} ms`,
    goal: `p99 ${P99_MS_MAX} ms, ${MEMORY_MIB_MAX} MiB`,
    met: at(0.99) < P99_MS_MAX && peakMiB < MEMORY_MIB_MAX && failed === 0,
    note: `p50 / p99 of ${times.length} requests, ${failed} failed; peak memory ${Math.round(peakMiB)} MiB`,
  }
}
// #endregion attacked

// #region growth-of-decoders
const CHARACTERS = 100_000
const CHARACTERS_MAX = 800_000
const RATIO_MAX = 3
/** Work below this is too little to compare: a pause of the machine is longer. */
const COMPARED_MS = 4

/**
 * The work for an input against its half, the worst of all tokens. An input that takes too little is doubled until it can be
 * compared, up to `CHARACTERS_MAX`; what is suspicious is measured again over three doublings.
 */
function growth(): Figure[] {
  return DECODERS.map(({ name, around, decode }) => {
    let worst = 0
    let what = ''
    for (const place of around)
      for (const token of TOKENS) {
        const took = (characters: number, times: number) => {
          const text = repeated(token, characters, place)
          return Math.min(...Array.from({ length: times }, () => spentMs(() => refuses(() => decode(text)))))
        }
        let characters = CHARACTERS
        let wholeMs = took(2 * characters, 2)
        while (wholeMs < COMPARED_MS && characters < CHARACTERS_MAX / 2) wholeMs = took(2 * (characters *= 2), 1)
        if (wholeMs < COMPARED_MS) continue
        let ratio = wholeMs / took(characters, 2)
        if (ratio >= RATIO_MAX) ratio = overThreeDoublings((times) => took(times * CHARACTERS, 7))
        if (ratio > worst) [worst, what] = [ratio, JSON.stringify(token)]
      }
    return {
      what: `${name}: twice the input`,
      value: `${worst.toFixed(1)} × the work`,
      goal: `under ${RATIO_MAX} ×`,
      met: worst < RATIO_MAX,
      note: what === '' ? `under ${COMPARED_MS} ms whatever is repeated` : `the worst repeats ${what}`,
    }
  })
}

/**
 * The growth over three doublings: the smaller of their median and their geometric mean. What is quadratic has 4 in both. An
 * engine that changes its way at some size raises the mean once, a pause of the machine raises the median.
 */
function overThreeDoublings(workMs: (times: number) => number): number {
  const works = [1, 2, 4, 8].map(workMs)
  const ratios = works.slice(1).map((work, i) => work / works[i]!)
  const median = ratios.sort((a, b) => a - b)[1]!
  return Math.min(median, Math.cbrt(works[3]! / works[0]!))
}

function spentMs(work: () => void): number {
  const startMs = performance.now()
  work()
  return performance.now() - startMs
}
// #endregion growth-of-decoders
