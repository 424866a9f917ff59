/**
 * An acting master of the official brokers, as a name server shows it: their slave heartbeats and learns its group, and after
 * the death of its master clients see it as 0, without the right to write.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { withServers } from './cells-cluster.ts'
import { expectSameLog } from './cells-copies.ts'
import { expectAllSent, expectThat } from './expect.ts'
import { glassmqNameServer } from './glassmq.ts'
import { javaClient, officialBroker, officialNameServer } from './peers.ts'
import type { Row } from './rows.ts'

const NAME = 'acting-broker'
const TOPIC = 'acting-topic'
const MESSAGES = 50
/** A dead broker is removed as soon as its connection closes; a returning one first asks its slave for what it may lack. */
const SHOWN_WITHIN_MS = 60_000

export const actingRow: Row = {
  id: 'acting',
  title: 'a slave of 5.3 acts as master: shown as 0, read only, until the master is back',
  isApart: true,
  without: ({ column }) =>
    column.client === 'glassmq' || column.tools !== '5.3' ? 'brokers and clients of 5.3 only' : undefined,
  run: (context) =>
    withServers(async (keep) => {
      const settings = { supportActingMaster: true, notifyMinBrokerIdChanged: true }
      const isOurs = context.column.server === 'glassmq'
      const nameServer = keep(
        isOurs ? await glassmqNameServer(settings) : await officialNameServer({ version: '5.3', config: settings }),
      )
      const namesrv = nameServer.address
      const config = { brokerName: NAME, enableSlaveActingMaster: true, totalReplicas: 2, slaveReadEnable: true }
      const start = (more: object) => officialBroker({ version: '5.3', namesrv, config: { ...config, ...more } })
      const master = keep(await start({ brokerRole: 'SYNC_MASTER' }))
      const slave = keep(await start({ brokerRole: 'SLAVE', brokerId: 1 }))
      const java = keep(await javaClient({ version: '5.3', namesrv }))

      /** Waits until the route of the topic has these addresses by id, and this permission. */
      const untilRoute = async (addrs: Readonly<Record<string, string>>, perm: number): Promise<number> => {
        const startedMs = Date.now()
        let printed = ''
        for (; Date.now() - startedMs < SHOWN_WITHIN_MS; await sleep(500)) {
          printed = await java.admin(['topicRoute', '-n', namesrv, '-t', TOPIC])
          const found = [...printed.matchAll(/"?(\d+)"?:\s*"([\d.]+:\d+)"/g)].map(([, id, addr]) => [id, addr])
          const isShown = JSON.stringify(Object.fromEntries(found)) === JSON.stringify(addrs)
          if (isShown && new RegExp(`"perm":\\s*${perm}\\b`).test(printed)) return Date.now() - startedMs
        }
        throw new Error(`expected ${JSON.stringify(addrs)} with permission ${perm}, mqadmin printed:\n${printed}`)
      }

      const both = { '0': master.address, '1': slave.address }
      await java.createTopic({ topic: TOPIC, queues: 4, brokers: [master.address] })
      await untilRoute(both, 6)
      const produced = await java.produce({ group: 'acting-producer', topic: TOPIC, count: MESSAGES })
      expectAllSent(produced, MESSAGES)
      await expectSameLog(master, slave, 'before the master dies')

      await master.kill()
      const shownMs = await untilRoute({ '0': slave.address }, 4)
      // a new group of 5.3 reads nothing from an acting master of 5.3, with their name server neither: why is not known yet
      const refused = await java.produce({ group: 'acting-producer-2', topic: TOPIC, count: 1 })
      expectThat(refused.failed === 1, 'a producer sent to an acting master')

      keep(await master.startAgain())
      const backMs = await untilRoute(both, 6)
      return `shown as 0 after ${shownMs} ms, nothing is sent to it; the master is back in the route after ${backMs} ms`
    }),
}
