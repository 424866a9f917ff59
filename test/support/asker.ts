/** A node that asks any server anything and brings the answer as it came: for tests of single requests. */
import { decodeUtf8, encodeUtf8 } from '../../reference/common/utf8.ts'
import type { Cluster } from '../../reference/host/cluster.ts'
import type { Program } from '../../reference/host/program.ts'
import { SimCluster } from '../../reference/host/sim/cluster.ts'
import type { ProgramSource } from '../../reference/host/sim/programs.ts'
import { RemotingClient } from '../../reference/remoting/remoting-client.ts'
import { watchRun } from './pinned-run.ts'
import { PROGRAMS } from './sim.ts'

/** What came back; `body` as text. */
export interface Reply {
  readonly code: number
  readonly remark: string
  readonly fields: Readonly<Record<string, string>>
  readonly body: string
}

/** One question: header fields as they are on the wire, `body` as text. */
export interface Question {
  readonly code: number
  readonly fields?: Readonly<Record<string, string | number | boolean>>
  readonly body?: string
  readonly to?: string
}

const TIMEOUT_MS = 12_000

const asker: Program = (host, _args, signals) => {
  const client = new RemotingClient(host)
  host.application.serve((_name, text, answer) => {
    const { code, fields = {}, body, to = 'broker-a:10911' } = JSON.parse(text) as Question
    const extFields = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]))
    const parts = { code, extFields, body: body === undefined ? undefined : encodeUtf8(body) }
    client.invoke(to, parts, TIMEOUT_MS, ({ response, error }) => {
      if (error !== undefined) return answer('', error.message)
      const { remark = '', extFields: got = {}, body: bytes = new Uint8Array() } = response
      answer(JSON.stringify({ code: response.code, remark, fields: got, body: decodeUtf8(bytes) }))
    })
  })
  host.clock.after(0, () => signals.ready())
  return { stop: (done) => host.clock.after(0, done) }
}

/**
 * Runs a script on a fresh simulated cluster in which `ask` asks, from a node called `asker`. `record`: keep its events.
 * `instead`: programs in place of the reference's own.
 */
export async function withAsker(
  script: (cluster: Cluster, ask: (question: Question) => Promise<Reply>) => Promise<void>,
  record = false,
  instead: Readonly<Record<string, ProgramSource>> = {},
): Promise<void> {
  const programs = { ...PROGRAMS, ...instead, asker: { program: asker, usesPromises: false } }
  const cluster = new SimCluster({ seed: 3, programs, record })
  const ended = watchRun(cluster)
  try {
    await cluster.driver.run(async (running) => {
      let started: Promise<void> | undefined
      await script(running, async (question) => {
        started ??= running.start({ name: 'asker', program: 'asker', args: [] })
        await started
        return JSON.parse(await running.call('asker', 'ask', JSON.stringify(question)))
      })
    })
    ended()
  } finally {
    await cluster.dispose()
  }
}
