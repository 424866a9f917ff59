/**
 * Our controllers with the official 5.3: its mqadmin asks and orders, its brokers receive ids, form an in-sync set, and take the
 * place of a master that was killed.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { withServers } from './cells-cluster.ts'
import { expectThat } from './expect.ts'
import { type ControllerProcess, glassmqControllers } from './glassmq.ts'
import { escaped, notOurClient, runSteps, type Step } from './mqadmin-steps.ts'
import { CLUSTER_NAME, officialBroker } from './peers.ts'
import type { Row, RowContext } from './rows.ts'

const NAME = 'controlled-broker'
/** A slave reports every five seconds, a master looks at its set every five, and both ask for the leader every ten. */
const IN_SYNC_WITHIN_MS = 90_000
const ELECTED_WITHIN_MS = 60_000

/** Runs a command until it prints what it must; returns what it printed. */
export async function until(
  context: RowContext,
  args: readonly string[],
  prints: RegExp,
  withinMs: number,
): Promise<string> {
  let printed = ''
  for (const untilMs = Date.now() + withinMs; Date.now() < untilMs; await sleep(1_000)) {
    printed = await context.tools.admin(args)
    if (prints.test(printed)) return printed
  }
  throw new Error(`mqadmin ${args.join(' ')} should print ${prints}, it printed:\n${printed.slice(0, 2_000)}`)
}

/** The address of the leader, as `mqadmin getControllerMetaData` prints it; not that of a leader that has died. */
async function leaderOf(context: RowContext, address: string, dead = 'none'): Promise<string> {
  const args = ['getControllerMetaData', '-a', address]
  const isKnown = new RegExp(`#ControllerLeaderAddress\\t(?!${escaped(dead)})127`)
  const printed = await until(context, args, isKnown, ELECTED_WITHIN_MS)
  return /#ControllerLeaderAddress\t(\S+)/.exec(printed)![1]!
}

export const controllerRow: Row = {
  id: 'controller',
  title: 'our three controllers: brokers of 5.3 elect through them, mqadmin asks them',
  isApart: true,
  without: (running) =>
    notOurClient(running) ?? (running.column.tools === '5.3' ? undefined : 'RocketMQ 4.9 has no controller'),
  run: (context) =>
    withServers(async (keep) => {
      const controllers = (await glassmqControllers(3)).map(keep)
      const addresses = controllers.map(({ address }) => address)
      const [first = ''] = addresses
      const leader = await leaderOf(context, first)
      const others = addresses.filter((address) => address !== leader)

      // two brokers without ids: the first becomes the master, the second joins its set
      const config = {
        brokerName: NAME,
        enableControllerMode: true,
        controllerAddr: addresses.join(';'),
        allAckInSyncStateSet: true,
        brokerRole: 'SYNC_MASTER',
      }
      const { namesrv } = context.server
      const broker = async (ha: number) => {
        const started = await officialBroker({ version: '5.3', namesrv, config: { ...config, haListenPort: ha } })
        return keep(started)
      }
      const one = await broker(25_991)
      const set = ['getSyncStateSet', '-a', first, '-b', NAME]
      await until(context, set, /#MasterBrokerId\t1[\s\S]*#MasterEpoch\t1\n#SyncStateSetEpoch\t1\n/, ELECTED_WITHIN_MS)
      const two = await broker(25_995)
      await until(context, set, /#SyncStateSetNums\t2/, IN_SYNC_WITHIN_MS)

      const elect = ['electMaster', '-a', first, '-bn', NAME, '-c', CLUSTER_NAME, '-b']
      const clean = ['cleanBrokerMetadata', '-a', first, '-bn', NAME, '-c', CLUSTER_NAME, '-b']
      const all = addresses.join(';')
      const steps: Step[] = [
        {
          args: ['getControllerMetaData', '-a', others[0]!],
          prints: new RegExp(`#ControllerGroup\\tgroup1[\\s\\S]*#Peer:\\tn2:${escaped(addresses[2]!)}`),
        },
        { args: ['getControllerConfig', '-a', all], prints: /enableElectUncleanMaster\s+=\s+false/ },
        {
          args: ['updateControllerConfig', '-a', all, '-k', 'enableElectUncleanMaster', '-v', 'true'],
          prints: /update controller config success/,
        },
        { args: ['getControllerConfig', '-a', others[0]!], prints: /enableElectUncleanMaster\s+=\s+true/ },
        {
          args: ['updateControllerConfig', '-a', all, '-k', 'enableElectUncleanMaster', '-v', 'false'],
          prints: /update controller config success/,
        },
        { args: ['updateControllerConfig', '-a', all, '-k', 'configStorePath', '-v', '/tmp/x'], prints: /CODE: 16/ },
        { args: [...elect, '1'], prints: /CODE: 2011/ },
        { args: [...elect, '2'], prints: new RegExp(`#BrokerMasterAddr\\t${escaped(two.address)}\\n#MasterEpoch\\t2`) },
        { args: [...clean, '1'], prints: /CODE: 2009/ },
      ]
      const lines = await runSteps(context.tools.admin, steps)
      await until(context, set, /#MasterBrokerId\t2[\s\S]*#SyncStateSetNums\t2/, IN_SYNC_WITHIN_MS)

      // the leader of the controllers dies, then the master
      const dead = controllers.find(({ address }) => address === leader) as ControllerProcess
      await dead.kill()
      const asked = others[0]!
      const heir = await leaderOf(context, asked, leader)
      expectThat(others.includes(heir), `${heir} leads after ${leader} was killed`)
      const killedAt = Date.now()
      await two.kill()
      const left = ['getSyncStateSet', '-a', asked, '-b', NAME]
      await until(context, left, /#MasterBrokerId\t1[\s\S]*#MasterEpoch\t3/, ELECTED_WITHIN_MS)
      const electedMs = Date.now() - killedAt
      await sleep(1_000)
      const removed = await context.tools.admin([
        'cleanBrokerMetadata',
        '-a',
        asked,
        '-bn',
        NAME,
        '-c',
        CLUSTER_NAME,
        '-b',
        '2',
      ])
      expectThat(/clear broker .* success/.test(removed), `cleanBrokerMetadata printed:\n${removed}`)
      const after = await context.tools.admin(left)
      expectThat(!after.includes('brokerId=2'), `replica 2 is still there:\n${after}`)
      expectThat(after.includes(one.address), `${one.name} is not there:\n${after}`)
      keep(await dead.startAgain())
      return `two brokers of 5.3 in a set, elected anew by ${lines} mqadmin lines and after kill -9 of leader and master (${electedMs} ms)`
    }),
}
