/**
 * Our broker and the official broker of 5.3 as replicas of one broker name, under our controller and under the official one.
 * Each of them is elected once, after a kill -9 of the other. Once, the link between them breaks. The commit logs are compared
 * byte for byte.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../support/ports.ts'
import { tcpLink } from '../support/tcp-link.ts'
import { withServers } from './cells-cluster.ts'
import { until } from './cells-controller.ts'
import { expectSameLog } from './cells-copies.ts'
import { expectThat } from './expect.ts'
import { glassmqBroker, glassmqControllers } from './glassmq.ts'
import type { SentMessage } from './messages.ts'
import { escaped, notOurClient, runSteps, type Step } from './mqadmin-steps.ts'
import { officialBroker, officialController, type ServerProcess } from './peers.ts'
import type { Row, RowContext } from './rows.ts'

const NAME = 'replicated-broker'
const LOG_FILE_BYTES = 1024 * 1024
const MESSAGES = 2_000
const MORE_MESSAGES = 300
/** So many are sent within the time limit of a client. */
const SENT_AT_ONCE_MAX = 10_000
/** An official slave reports every five seconds, its master looks at the set every five, and the leader is asked every ten. */
const IN_SYNC_WITHIN_MS = 120_000
const ELECTED_WITHIN_MS = 60_000
const LINK_CUT_MS = 2_000

function replicasRow(id: string, whose: string, startController: () => Promise<ServerProcess>): Row {
  return {
    id,
    title: `our broker and an official one as replicas under ${whose}`,
    isApart: true,
    without: (running) =>
      notOurClient(running) ?? (running.column.tools === '5.3' ? undefined : 'RocketMQ 4.9 has no controller'),
    run: (context) =>
      withServers(async (keep) => {
        const controller = keep(await startController())
        const { namesrv } = context.server
        const config = async () => ({
          brokerName: NAME,
          enableControllerMode: true,
          controllerAddr: controller.address,
          allAckInSyncStateSet: true,
          mappedFileSizeCommitLog: LOG_FILE_BYTES,
          haListenPort: await freePort(),
        })
        const set = ['getSyncStateSet', '-a', controller.address, '-b', NAME]
        const inSync = (masterId: number) =>
          until(
            context,
            set,
            new RegExp(`#MasterBrokerId\\t${masterId}[\\s\\S]*#SyncStateSetNums\\t2`),
            IN_SYNC_WITHIN_MS,
          )

        // ours is the first, so it is the master, and the official broker copies it over a link: ours advertises its address
        const advertised = { host: '127.0.0.2', port: await freePort() }
        const ourConfig = { ...(await config()), haListenPort: advertised.port, brokerIP2: advertised.host }
        let ours = keep(await glassmqBroker({ namesrv, config: ourConfig }))
        const link = keep(await tcpLink(advertised.port, advertised))
        await until(context, set, /#MasterBrokerId\t1/, ELECTED_WITHIN_MS)
        let theirs = keep(await officialBroker({ version: '5.3', namesrv, config: await config() }))
        await inSync(1)
        const topic = `replicated-topic-${id}`
        await context.tools.createTopic({ topic, queues: 4, brokers: [ours.address] })
        await sleep(15_000) // an official slave copies topics every ten seconds
        const sent: SentMessage[] = []
        await send(context, topic, 'first', context.messages ?? MESSAGES, sent)
        const files = await expectSameLog(ours, theirs, 'while ours is the master')
        const sending = send(context, topic, 'cut', MORE_MESSAGES, sent)
        expectThat(link.cut() > 0, 'the official broker does not copy over the link that ours advertises')
        await sleep(LINK_CUT_MS)
        link.mend()
        await sending
        await inSync(1)
        await expectSameLog(ours, theirs, 'after the link was cut')
        const steps: Step[] = [
          {
            args: ['getBrokerEpoch', '-n', namesrv, '-b', NAME],
            prints: new RegExp(`${escaped(ours.address)}[\\s\\S]*#Epoch`),
          },
          { args: ['haStatus', '-n', namesrv, '-b', ours.address], prints: /#InSyncSlaveNum\s+1\n[\s\S]*\sOK\s/ },
        ]
        const lines = await runSteps(context.tools.admin, steps)

        // theirs is elected, and ours follows it
        await ours.kill()
        const elected = Date.now()
        await until(context, set, /#MasterBrokerId\t2/, ELECTED_WITHIN_MS)
        const electedMs = Date.now() - elected
        ours = keep(await ours.startAgain())
        await inSync(2)
        await send(context, topic, 'second', MORE_MESSAGES, sent)
        await expectSameLog(theirs, ours, 'while theirs is the master')
        const slaveSteps: Step[] = [
          { args: ['resetMasterFlushOffset', '-b', ours.address, '-o', '77'], prints: /^(?![\s\S]*Exception)/ },
          { args: ['haStatus', '-n', namesrv, '-b', ours.address], prints: /#MasterFlushOffset\s+77/ },
        ]
        const more = await runSteps(context.tools.admin, slaveSteps)

        // ours is elected again
        await theirs.kill()
        await until(context, set, /#MasterBrokerId\t1/, ELECTED_WITHIN_MS)
        theirs = keep(await theirs.startAgain())
        await inSync(1)
        await send(context, topic, 'third', MORE_MESSAGES, sent)
        await expectSameLog(ours, theirs, 'while ours is the master again')
        expectThat(
          sent.length >= (context.messages ?? MESSAGES) + 3 * MORE_MESSAGES,
          `${sent.length} messages were acknowledged`,
        )
        return `${sent.length} messages in ${files} files and more, the same bytes under three masters, also after a broken link; elected ${electedMs} ms after kill -9; ${lines + more} mqadmin lines`
      }),
  }
}

/** Sends until `count` messages are acknowledged: after an election, clients learn of the new master only some time later. */
async function send(
  { client }: RowContext,
  topic: string,
  group: string,
  count: number,
  sent: SentMessage[],
): Promise<void> {
  const untilMs = Date.now() + IN_SYNC_WITHIN_MS + count * 10
  for (let left = count, i = 0; left > 0; i++) {
    expectThat(Date.now() < untilMs, `${left} of ${count} messages of ${group} are not acknowledged`)
    const { messages } = await client.produce({
      group: `${group}-${i}`,
      topic,
      count: Math.min(left, SENT_AT_ONCE_MAX),
      threads: 4,
      bodyBytes: 1_000,
      keyPrefix: `${group}-${i}-`,
    })
    sent.push(...messages)
    left -= messages.length
    if (left > 0 && messages.length < SENT_AT_ONCE_MAX) await sleep(2_000)
  }
}

export const replicaRows: readonly Row[] = [
  replicasRow('replicas', 'our controller', async () => (await glassmqControllers(1))[0]!),
  replicasRow('replicas-official', 'the official controller', () => officialController()),
]
