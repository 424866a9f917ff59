/** A reader who steps through a run of a mechanism stops where it acts, and reads there what it did. */
import { expect, it } from 'vitest'
import { EventLog } from '../../../site/figures/kit/log.ts'
import { apply, emptyScene } from '../../../site/figures/kit/scene.ts'
import { sentence } from '../../../site/figures/kit/words/en.ts'
import { keptLine, keptWords } from '../../../site/figures/kit/words/labels.ts'
import {
  inSimulation,
  startCluster,
  startConsumer,
  startProducer,
  startTransactionProducer,
} from '../../support/sim.ts'

const FROM_FIRST = 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET'

/** A run in which everything happens. */
async function everything(): Promise<EventLog> {
  let log: EventLog | undefined
  await inSimulation(3, async (cluster) => {
    cluster.onDelivery(({ key, node }) => {
      if (node === 'billing') return 'CONSUME_SUCCESS'
      return key === 'bad' || node === 'popper'
        ? { status: 'RECONSUME_LATER', delayLevel: key === 'bad' ? -1 : 0 }
        : 'CONSUME_SUCCESS'
    })
    cluster.onHanded('executeLocalTransaction', () => JSON.stringify({ state: 'UNKNOW', afterMs: 0 }))
    cluster.onHanded('checkLocalTransaction', () => JSON.stringify({ state: 'COMMIT_MESSAGE', afterMs: 0 }))
    await startCluster(cluster, { brokers: ['broker-a'], queues: 1 })
    await startProducer(cluster)
    await startTransactionProducer(cluster, 'bank', ['group=banks'])
    await startConsumer(cluster, 'billing', 'billing', [FROM_FIRST, 'orderly=true'])
    await startConsumer(cluster, 'mailing', 'mailing', [FROM_FIRST])
    const mode = ['setConsumeMode', '-c', 'DefaultCluster', '-t', 'Orders', '-g', 'popping', '-m', 'POP']
    await cluster.admin('admin', mode)
    await startConsumer(cluster, 'popper', 'popping', [FROM_FIRST, 'clientRebalance=false', 'popInvisibleTime=10000'])
    await cluster.sleep(5_000)
    for (const key of ['good', 'bad']) await cluster.produce('shop', { topic: 'Orders', key, body: key })
    await cluster.call('shop', 'send', JSON.stringify({ topic: 'Orders', key: 'later', body: 'later', delayLevel: 1 }))
    await cluster.produce('bank', { topic: 'Orders', key: 'paid', body: 'paid' })
    await cluster.sleep(120_000)
    log = new EventLog({ seed: 3, actions: [], events: [...cluster.events], hash: '' })
  })
  return log!
}

const CAST = [
  { name: 'broker-a', role: 'broker', queues: ['Orders/0'] },
  { name: 'shop', role: 'producer' },
  { name: 'bank', role: 'producer' },
] as const

it('what a broker keeps back is in the scene for as long as it is kept, in the words of the picture', async () => {
  const log = await everything()
  const scene = emptyScene(CAST)
  const broker = scene.brokers['broker-a']!
  const kept = new Map<string, string>()
  const wasLocked: boolean[] = []
  for (const event of log.events) {
    apply(scene, event, log)
    for (const [key, what] of Object.entries(broker.kept)) kept.set(`${key} ${what.why}`, keptLine(key, what))
    wasLocked.push(Object.keys(broker.queues['Orders/0']!.lockedBy).includes('billing'))
  }
  expect([...kept.keys()].sort()).toEqual([
    'bad dead',
    'bad popped',
    'good popped',
    'later delay',
    'later popped',
    'paid half',
    'paid popped',
  ])
  expect(kept.get('later delay')).toMatch(/^later: delayed until \d\d:\d\d:\d\d$/)
  expect(kept.get('paid half')).toBe('paid: half (asked 1 time)')
  expect(kept.get('bad dead')).toBe('bad: dead (mailing)')
  expect(broker.kept['later']?.why, 'what is due or committed is kept no longer').not.toBe('delay')
  expect(broker.kept['paid']?.why).not.toBe('half')
  expect(keptWords(broker)).toContain('1 dead')
  expect(wasLocked[0]).toBe(false)
  expect(wasLocked.at(-1)).toBe(true)
})

it('every mechanism has its stops', async () => {
  const log = await everything()
  const told = log.steps.map((index) => sentence(log.events[index]!, log)).join('\n')
  for (const part of [
    'locks Orders queue 0 for one member of billing',
    'sends broker-a a message it could not consume',
    'lays bad among the dead letters of mailing',
    'puts later aside: it asks for delay level 1',
    'the time of later has come',
    'keeps paid for Orders back until its producer commits',
    'asks banks what became of paid',
    'the transaction of paid is committed',
    'gives good to one member of popping',
    'hides message',
    'goes to %RETRY%popping',
  ])
    expect(told).toContain(part)
})
