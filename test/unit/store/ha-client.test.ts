/** A slave's connection to its master: what is said of it, and when it ends. */
import { expect, it } from 'vitest'
import { HaClient } from '../../../reference/store/ha/ha-client.ts'
import type { ReplicaLog } from '../../../reference/store/ha/replica-log.ts'
import { withHosts } from '../../support/sim-hosts.ts'

/** A log that nothing is appended to. */
const EMPTY = { maxOffset: 0, append: () => '' } as unknown as ReplicaLog

it('is connected from the moment when the master has taken the connection until it stops, and not after that', () =>
  withHosts(['master', 'slave'], async (cluster, [master, slave]) => {
    let closed = ''
    master!.network.listen('master:10912', {
      onFailed: (reason) => expect.fail(reason),
      onConnection: () => ({ onBytes() {}, onClosed: (_, reason) => void (closed = reason) }),
    })
    const client = new HaClient(slave!, EMPTY, () => {})
    client.follow('master:10912')
    expect(client.isConnected).toBe(false)
    client.start()
    await cluster.sleep(20)
    expect(client.isConnected).toBe(true)
    client.stop()
    expect(client.isConnected).toBe(false)
    await cluster.sleep(20_000)
    expect([client.isConnected, closed]).toEqual([false, 'closed by peer'])
  }))
