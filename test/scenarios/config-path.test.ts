/** The path after `-c`: every wrong path is one sentence, and no error of the disk. */
import { expect, it } from 'vitest'
import { inSimulation, NAMESRV } from '../support/sim.ts'

const PLACE = 'cannot be read: give a path inside the directory of the node'

it.each([
  ['../broker.conf', PLACE],
  ['/etc/broker.conf', PLACE],
  ['broker.conf', 'does not exist'],
])('-c %s', async (path, problem) => {
  await inSimulation(1, async (cluster) => {
    for (const program of ['namesrv', 'broker', 'producer'])
      await expect(cluster.start({ name: program, program, args: ['-c', path, NAMESRV] }), program).rejects.toThrow(
        `the configuration file ${path} ${problem}`,
      )
  })
})
