/**
 * The programs that a chapter shows as the reader's own do what the chapter says of them: each is run in a cluster, and what it
 * reports is what its file promises.
 */
import { describe, expect, it } from 'vitest'
import { clientProgram } from '../../reference/client/apps/client-program.ts'
import { clientInstance } from '../../reference/client/apps/namesrv-addresses.ts'
import type { Program } from '../../reference/host/program.ts'
import { type Application, CODE_PAUSE_MS, CODE_TIME_MS, type Proof } from '../../site/lib/application.ts'
import { CHAPTERS } from '../../site/lib/chapters.ts'
import { loadModule, roomNames } from '../../site/lib/rooms.ts'
import { inSimulation, NAMESRV, startCluster } from '../support/sim.ts'

const files = CHAPTERS.filter((chapter) => chapter.isWritten).flatMap((room) =>
  roomNames(room, 'code').map((name) => `${room.folder}/code/${name}.ts`),
)

/** A program of the simulator that begins the application, and is ready at once. */
function programOf({ begin }: Application, report: (text: string) => void): Program {
  return (host, args, signals) =>
    clientProgram(host, args, signals, (settings) => {
      const client = clientInstance(host, settings)
      begin(client, report)
      host.clock.after(0, () => signals.ready())
      return () => {}
    })
}

describe.each(files)('%s', (path) => {
  it('is run, and reports what it promises', async () => {
    const { proof } = await loadModule<{ readonly proof?: Proof }>(path)
    if (proof === undefined) throw new Error(`${path} exports no proof: site/lib/application.ts says what it is`)
    const reports: string[] = []
    const programs = proof.programs.map((one) => [one.node, programOf(one, (text) => reports.push(text))] as const)
    await inSimulation(
      1,
      async (cluster) => {
        await startCluster(cluster)
        for (const { node } of proof.programs) {
          await cluster.start({ name: node, program: node, args: [NAMESRV] })
          await cluster.sleep(CODE_PAUSE_MS)
        }
        await cluster.sleep(CODE_TIME_MS)
      },
      Object.fromEntries(programs),
    )
    expect(reports).toEqual(proof.reports)
  })
})
