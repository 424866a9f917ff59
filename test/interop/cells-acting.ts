/**
 * An acting master of the official brokers, as a name server shows it: their slave heartbeats and learns its group, and after
 * the death of its master clients see it as 0, without the right to write.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { withServers } from './cells-cluster.ts'
import { expectSameLog } from './cells-copies.ts'
import { expectAllSent, expectThat } from './expect.ts'
import { glassmqBroker, glassmqNameServer } from './glassmq.ts'
import { javaClient, officialBroker, officialNameServer } from './peers.ts'
import type { Row } from './rows.ts'

const NAME = 'acting-broker'
const TOPIC = 'acting-topic'
const MESSAGES = 50
/** A dead broker is removed as soon as its connection closes; a returning one first asks its slave for what it may lack. */
const SHOWN_WITHIN_MS = 60_000

/** Returns a function that waits until the route of the topic has these addresses by id, and this permission. */
function shownRoute(java: Awaited<ReturnType<typeof javaClient>>, namesrv: string, topic: string) {
  return async (addrs: Readonly<Record<string, string>>, perm: number): Promise<number> => {
    const startedMs = Date.now()
    let printed = ''
    for (; Date.now() - startedMs < SHOWN_WITHIN_MS; await sleep(500)) {
      printed = await java.admin(['topicRoute', '-n', namesrv, '-t', topic])
      const found = [...printed.matchAll(/"?(\d+)"?:\s*"([\d.]+:\d+)"/g)].map(([, id, addr]) => [id, addr])
      const isShown = JSON.stringify(Object.fromEntries(found)) === JSON.stringify(addrs)
      if (isShown && new RegExp(`"perm":\\s*${perm}\\b`).test(printed)) return Date.now() - startedMs
    }
    throw new Error(`expected ${JSON.stringify(addrs)} with permission ${perm}, mqadmin printed:\n${printed}`)
  }
}

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

      const untilRoute = shownRoute(java, namesrv, TOPIC)
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

/** A master and a slave of different makes, each make once as the slave that acts for the other. */
export const actingMixedRow: Row = {
  id: 'acting-mixed',
  title: 'a slave acts for a master of the other make, and the master fetches from it before it is back',
  isApart: true,
  without: ({ column }) =>
    column.client === 'glassmq' || column.tools !== '5.3' ? 'brokers and clients of 5.3 only' : undefined,
  run: (context) =>
    withServers(async (keep) => {
      const settings = { supportActingMaster: true, notifyMinBrokerIdChanged: true }
      const isOurServer = context.column.server === 'glassmq'
      const nameServer = keep(
        isOurServer
          ? await glassmqNameServer(settings)
          : await officialNameServer({ version: '5.3', config: settings }),
      )
      const namesrv = nameServer.address
      const java = keep(await javaClient({ version: '5.3', namesrv }))
      const told: string[] = []
      for (const masterIs of ['ours', 'official'] as const) {
        const isOurMaster = masterIs === 'ours'
        const topic = `acting-for-${masterIs}`
        const config = {
          brokerName: `acting-${masterIs}`,
          mappedFileSizeCommitLog: 16 * 1024 * 1024,
          enableSlaveActingMaster: true,
          totalReplicas: 2,
          slaveReadEnable: true,
        }
        const start = (isOurs: boolean, more: object) => {
          const all = { ...config, ...more }
          return isOurs
            ? glassmqBroker({ namesrv, config: all })
            : officialBroker({ version: '5.3', namesrv, config: all })
        }
        const master = keep(await start(isOurMaster, { brokerRole: 'SYNC_MASTER' }))
        const slave = keep(await start(!isOurMaster, { brokerRole: 'SLAVE', brokerId: 1 }))
        const untilRoute = shownRoute(java, namesrv, topic)
        const both = { '0': master.address, '1': slave.address }
        await java.createTopic({ topic, queues: 4, brokers: [master.address] })
        await untilRoute(both, 6)
        expectAllSent(await java.produce({ group: `${topic}-producer`, topic, count: MESSAGES }), MESSAGES)
        await expectSameLog(master, slave, 'before the master dies')
        await master.kill()
        const shownMs = await untilRoute({ '0': slave.address }, 4)
        const refused = await java.produce({ group: `${topic}-producer-2`, topic, count: 1 })
        expectThat(refused.failed === 1, 'a producer sent to an acting master')
        keep(await master.startAgain())
        const backMs = await untilRoute(both, 6)
        told.push(`${masterIs} master: shown after ${shownMs} ms, back after ${backMs} ms`)
      }
      return told.join('; ')
    }),
}
