/** The path after `-c`: every wrong path is one sentence, and no error of the disk. */
import { expect, it } from 'vitest'
import { inSimulation, NAMESRV } from '../support/sim.ts'

it.each([
  [
    '../broker.conf',
    'the configuration file ../broker.conf cannot be read: give a path inside the directory of the node',
  ],
  [
    '/etc/broker.conf',
    'the configuration file /etc/broker.conf cannot be read: give a path inside the directory of the node',
  ],
  ['broker.conf', 'the configuration file broker.conf does not exist'],
])('-c %s', (path, sentence) =>
  inSimulation(1, async (cluster) => {
    for (const program of ['namesrv', 'broker', 'producer'])
      await expect(cluster.start({ name: program, program, args: ['-c', path, NAMESRV] }), program).rejects.toThrow(
        sentence,
      )
  }),
)
