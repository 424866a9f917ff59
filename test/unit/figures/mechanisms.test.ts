/** A reader who steps through a run of a mechanism stops where it acts, and reads there what it did. */
import { expect, it } from 'vitest'
import { EventLog } from '../../../site/figures/kit/log.ts'
import { sentence } from '../../../site/figures/kit/words/en.ts'
import {
  inSimulation,
  startCluster,
  startConsumer,
  startProducer,
  startTransactionProducer,
} from '../../support/sim.ts'

const FROM_FIRST = 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET'

/** What a reader is told, stop by stop, in a run in which everything happens. */
async function story(): Promise<string> {
  let told = ''
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
    const log = new EventLog({ seed: 3, actions: [], events: cluster.events, hash: '' })
    told = log.steps.map((index) => sentence(log.events[index]!, log)).join('\n')
  })
  return told
}

it('every mechanism has its stops', async () => {
  const told = await story()
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
