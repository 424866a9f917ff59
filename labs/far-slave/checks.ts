/**
 * The scenarios of the lab "1 ms over a 20 ms link": a master, a slave in another city, a slave in the same room, and a shop that is
 * answered too slowly.
 *
 * Names and ports in the learner's configuration are put in from the seed: what stands for them in the files is below.
 */
import { ScenarioFailure } from '../../reference/host/cluster.ts'
import { isStored, type SentMessage, storedRecords } from '../judge/evidence.ts'
import type { CheckContext, Draw, Variant } from '../lab.ts'
import { drawNames, expectDelivered, machineOf, sell, startBilling } from '../one-broker.ts'
import { drawSlave } from '../pair.ts'

export const MASTER_CONF = 'master.conf'
export const NEAR_CONF = 'near.conf'
export const CODE = 'slave-policy.ts'

const NAMESRV = 'namesrv:9876'
/** Each way between the master and the slave in the other city. */
const FAR_MS = 20
/** Way of the shop, way to the near slave and back: at most 3 ms each. */
const NEAR_MS_MAX = 20
/** The same over the far slave. */
const FAR_MS_MAX = 90
const ORDERS = 12
/** The distances between the ports of the three brokers, for clusters whose machines are one. */
const PORTS = { far: 3, near: 6 } as const

export function variant(draw: Draw): Variant {
  const drawn = {
    ...drawNames(draw),
    far: `${drawSlave(draw, 'far')}-far`,
    near: `${drawSlave(draw, 'near')}-near`,
    old: `rack-${20 + draw('old', 60)}`,
  }
  return drawn
}

const far = (variant: Variant) => String(variant['far'])
const near = (variant: Variant) => String(variant['near'])

/** A learner's configuration with the names of this cluster. */
function conf({ variant, files }: CheckContext, path: string): string {
  return (files.get(path) ?? '')
    .replaceAll('rack-1:', `${machineOf(variant)}:`)
    .replaceAll('rack-7:', `${variant['old']}:`)
    .replaceAll('10912', String(Number(variant['port']) + 1))
    .replaceAll('orders-a', String(variant['broker']))
}

async function startBroker(
  { cluster, variant }: CheckContext,
  name: string,
  portOffset: number,
  text: string,
): Promise<void> {
  const args = [
    '-c',
    'broker.conf',
    `namesrvAddr=${NAMESRV}`,
    `listenPort=${Number(variant['port']) + portOffset}`,
    'mappedFileSizeCommitLog=262144',
    'mappedFileSizeConsumeQueue=6000',
    'messageIndexEnable=false',
  ]
  await cluster.start({ name, program: 'broker', args, files: { 'broker.conf': text } }).catch((error: Error) => {
    throw new ScenarioFailure(`${name} does not start: ${error.message}`)
  })
}

/** Starts everything; the far slave is there before the near one. All connections are open and one order is sold. */
async function startAll(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
  await startBroker(context, machineOf(variant), 0, conf(context, MASTER_CONF))
  await cluster.start({ name: 'admin', program: 'admin', args: [`namesrvAddr=${NAMESRV}`] })
  const create = ['updateTopic', '-t', String(variant['topic']), '-c', 'DefaultCluster', '-r', '1', '-w', '1']
  await cluster.admin('admin', create)
  const farConf = `brokerName = ${variant['broker']}\nbrokerRole = SLAVE\nbrokerId = 1\nslaveReadEnable = true\n`
  await startBroker(context, far(variant), PORTS.far, farConf)
  await cluster.inject({ kind: 'link', from: machineOf(variant), to: far(variant), delayMs: FAR_MS })
  await cluster.sleep(1_000)
  await startBroker(context, near(variant), PORTS.near, conf(context, NEAR_CONF))
  await cluster.start({ name: 'shop', program: 'producer', args: [`namesrvAddr=${NAMESRV}`, 'group=shop'] })
  await cluster.sleep(3_000)
  await sell(context, 'first')
}

const told = ({ key, status, error, tookMs }: SentMessage) =>
  `${key} was answered ${status === 'FAILED' ? `with an error (${error})` : status} after ${tookMs} ms`

async function sellPrompt(context: CheckContext, count: number, withinMs: number, when: string) {
  const sent: SentMessage[] = []
  for (let i = 1; i <= count; i++) {
    const one = await sell(context, `order-${i}`)
    if (one.status !== 'SEND_OK' || one.tookMs > withinMs)
      throw new ScenarioFailure(`${told(one)}; ${when}, ${withinMs} ms are enough for two machines to have it`)
    sent.push(one)
  }
  return sent
}

/** Twelve orders, one after the other. */
export async function answersNear(context: CheckContext): Promise<void> {
  await startAll(context)
  await sellPrompt(context, ORDERS, NEAR_MS_MAX, 'with a slave in the same room')
}

/** Nothing that the master sends reaches a slave: it must not say SEND_OK. */
export async function noCopyNoOk(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  await startAll(context)
  for (const slave of [far(variant), near(variant)])
    await cluster.inject({ kind: 'link', from: machineOf(variant), to: slave, hold: true, oneWay: true })
  cluster.step(`nothing that ${machineOf(variant)} sends reaches a slave`)
  const one = await sell(context, 'order-alone')
  await cluster.kill(machineOf(variant))
  for (const slave of [far(variant), near(variant)])
    if (one.status === 'SEND_OK' && isStored(await storedRecords(cluster, slave), one)) return
  if (one.status === 'SEND_OK')
    throw new ScenarioFailure(
      `${told(one)}, and then the machine of the master was lost: order-alone is on no disk that is left`,
    )
}

/** Both slaves have each order, the far one a little later. */
export async function farToo(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  await startAll(context)
  const sent: SentMessage[] = []
  for (let i = 1; i <= 4; i++) sent.push(await sell(context, `order-${i}`))
  await cluster.sleep(2_000)
  for (const slave of [far(variant), near(variant)]) {
    const records = await storedRecords(cluster, slave)
    const missing = sent.find((one) => !isStored(records, one))
    if (missing !== undefined)
      throw new ScenarioFailure(`two seconds after it was sold, ${missing.key} is not on the disk of ${slave}`)
  }
}

/** The near slave dies: the far one is slower, and it is there. */
export async function nearDies(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  await startAll(context)
  await cluster.kill(near(variant))
  cluster.step(`${near(variant)} is killed`)
  await cluster.sleep(1_000)
  await sellPrompt(context, 3, FAR_MS_MAX, `with ${near(variant)} dead and ${far(variant)} alive`)
}

/** Master and far slave are lost; the billing reads from the near slave. */
export async function nearIsRead(context: CheckContext): Promise<void> {
  const { cluster, variant } = context
  await startAll(context)
  const sent: SentMessage[] = []
  for (let i = 1; i <= 4; i++) sent.push(await sell(context, `order-${i}`))
  await cluster.sleep(2_000)
  await cluster.kill(machineOf(variant))
  await cluster.kill(far(variant))
  cluster.step(`${machineOf(variant)} and ${far(variant)} are lost`)
  await cluster.sleep(1_000)
  await startBilling(context)
  await expectDelivered(context, sent).catch((error: Error) => {
    const what = error.message.replace(' were acknowledged and whole on the disk, and', '')
    throw new ScenarioFailure(`${near(variant)} alone is left, and ${what}`)
  })
}

/** What the learner sees when the lab opens: a shop that is answered slowly, and everybody running. */
export async function demo(context: CheckContext): Promise<void> {
  const { cluster } = context
  await startAll(context)
  cluster.step('the shop sells six orders')
  for (let i = 1; i <= 6; i++) {
    const one = await sell(context, `order-${i}`)
    cluster.step(told(one))
    await cluster.sleep(300)
  }
  await startBilling(context)
  await cluster.sleep(5_000)
}
