/**
 * The scenarios of the lab "Roll over": a shop fills log files to the last byte, the broker is killed and started, and what
 * lies on its disk is read by a reader that is not the learner's.
 *
 * The size of the files, the sizes of the orders and how many bytes an order would leave are drawn from the seed. Each check
 * steers by what it reads from the disk, so it meets every edge whatever the learner's file does.
 */
import { readI32 } from '../../reference/common/bytes.ts'
import { BLANK_BYTES, BLANK_MAGIC } from '../../reference/common/message-codec.ts'
import { type Cluster, ScenarioFailure } from '../../reference/host/cluster.ts'
import { isStored, type SentMessage, storedRecords, undelivered } from '../judge/evidence.ts'
import type { CheckContext, Draw, Variant } from '../lab.ts'

const NAMESRV = 'namesrv:9876'
const FILLERS = 8
/** Bodies of the orders: the shortest holds its text and its secret. */
const BODY_BYTES = { min: 80, max: 420 } as const
/** A consumer finds its queues and reads everything well within this time. */
const ARRIVE_WITHIN_MS = 45_000

const MACHINES = ['heron', 'birch', 'cedar', 'ember', 'flint', 'grove', 'juniper', 'kestrel']
const TOPICS = ['Orders', 'Payments', 'Parcels', 'Tickets']
const GROUPS = ['billing', 'billing-eu', 'invoices', 'charges']

/** Draws names, the size of a file, sizes of orders, the bytes that orders would leave, and the secret of every body. */
export function variant(draw: Draw): Variant {
  const drawn: Record<string, string | number> = {
    topic: TOPICS[draw('topic', TOPICS.length)]!,
    group: GROUPS[draw('group', GROUPS.length)]!,
    machine: `${MACHINES[draw('machine', MACHINES.length)]}-${10 + draw('number', 90)}`,
    fileBytes: 4_100 + draw('file', 2_400),
    /** Fewer than a blank needs. */
    tooFew: 1 + draw('few', 7),
    secret: `${draw('secret.1', 2 ** 31)}-${draw('secret.2', 2 ** 31)}`,
  }
  for (let i = 0; i < FILLERS; i++) drawn[`body.${i}`] = BODY_BYTES.min + draw(`body.${i}`, 200)
  return drawn
}

/** A shop that fills the log: how many orders it has sent, and what a record holds beside its body. */
class Shop {
  readonly sent: SentMessage[] = []
  readonly #context: CheckContext
  readonly machine: string
  readonly fileBytes: number
  #besideBody = 0

  constructor(context: CheckContext) {
    this.#context = context
    this.machine = String(context.variant['machine'])
    this.fileBytes = Number(context.variant['fileBytes'])
  }

  /** Sends one order whose body has so many bytes. Fails when the broker does not take it. */
  async sell(bodyBytes: number): Promise<void> {
    const { cluster, variant } = this.#context
    const number = 101 + this.sent.length
    const start = `order ${number} (${variant['secret']}) `
    const message = { topic: String(variant['topic']), key: `order-${number}`, body: start.padEnd(bodyBytes, 'x') }
    const startMs = cluster.nowMs()
    const result = await cluster.produce('shop', message)
    if (result.status !== 'SEND_OK')
      throw new ScenarioFailure(`${message.key} was not taken: ${result.error}`, cluster.events.length)
    this.sent.push({ ...message, ...result, tookMs: cluster.nowMs() - startMs })
  }

  /** Fills the file until one more order would leave exactly `spareBytes` behind it, and sends that order. */
  async fillTo(spareBytes: number): Promise<void> {
    const { variant } = this.#context
    if (this.#besideBody === 0) await this.#measure()
    const [min, max] = [this.#besideBody + BODY_BYTES.min, this.#besideBody + BODY_BYTES.max]
    for (let i = 0; i < ORDERS_A_FILE_MAX; i++) {
      const leftBytes = this.fileBytes - ((await this.#logEnd()) % this.fileBytes)
      const needed = leftBytes - spareBytes
      if (needed >= min && needed <= max) return this.sell(needed - this.#besideBody)
      const usual = this.#besideBody + Number(variant[`body.${this.sent.length % FILLERS}`])
      const size = leftBytes > 3 * max ? usual : leftBytes - spareBytes - Math.floor((min + max) / 2)
      await this.sell(Math.max(min, Math.min(max, size)) - this.#besideBody)
    }
    throw new ScenarioFailure(`after ${ORDERS_A_FILE_MAX} orders no file of ${this.fileBytes} bytes is full`)
  }

  async #measure(): Promise<void> {
    await this.sell(BODY_BYTES.min)
    const [record] = await this.records()
    if (record === undefined) throw new ScenarioFailure('order-101 was acknowledged, but no record is on the disk')
    this.#besideBody = record.storeSize - BODY_BYTES.min
  }

  async #logEnd(): Promise<number> {
    const records = await this.records()
    return Math.max(...records.map(({ physicalOffset, storeSize }) => physicalOffset + storeSize))
  }

  records() {
    return storedRecords(this.#context.cluster, this.machine)
  }
}

/** A file of 6,500 bytes holds no more orders than this. */
const ORDERS_A_FILE_MAX = 40

/** Starts NameServer, broker and shop; the topic has one queue. */
async function openShop({ cluster, variant }: CheckContext): Promise<void> {
  await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
  const args = [
    `namesrvAddr=${NAMESRV}`,
    `brokerName=${variant['machine']}`,
    'listenPort=10911',
    `mappedFileSizeCommitLog=${variant['fileBytes']}`,
    'mappedFileSizeConsumeQueue=6000',
    'messageIndexEnable=false',
  ]
  await cluster.start({ name: String(variant['machine']), program: 'broker', args })
  await cluster.start({ name: 'admin', program: 'admin', args: [`namesrvAddr=${NAMESRV}`] })
  const topic = String(variant['topic'])
  await cluster.admin('admin', ['updateTopic', '-t', topic, '-c', 'DefaultCluster', '-r', '1', '-w', '1'])
  await cluster.start({ name: 'shop', program: 'producer', args: [`namesrvAddr=${NAMESRV}`, 'group=shop'] })
}

async function killAndStart({ cluster, variant }: CheckContext): Promise<void> {
  const machine = String(variant['machine'])
  cluster.step('the broker is killed; all it wrote is in the page cache')
  await cluster.kill(machine)
  await cluster.restart(machine).catch((error: Error) => {
    throw new ScenarioFailure(`the broker does not start after the kill: ${error.message}`)
  })
  cluster.step('the broker has started again, and the billing comes')
  await startBilling(cluster, variant)
}

async function startBilling(cluster: Cluster, variant: Variant): Promise<void> {
  const from = 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET'
  const args = [`namesrvAddr=${NAMESRV}`, `group=${variant['group']}`, `topic=${variant['topic']}`, from]
  await cluster.start({ name: 'billing', program: 'consumer', args })
}

/** Every acknowledged order is delivered after a kill, whatever it leaves at the end of its file. */
export async function ordersKept(context: CheckContext): Promise<void> {
  await openShop(context)
  const shop = new Shop(context)
  for (const spare of [Number(context.variant['tooFew']), 8, 7, 0, 4, 200]) await shop.fillTo(spare)
  await shop.sell(BODY_BYTES.min)
  const placeOf = new Map((await shop.records()).map((one) => [one.properties.get('KEYS') ?? '', one.physicalOffset]))
  await killAndStart(context)
  const { cluster, variant } = context
  const missing = () => undelivered(cluster, 'billing', String(variant['group']), shop.sent)
  await cluster
    .waitUntil('all orders are delivered', () => missing().length === 0, ARRIVE_WITHIN_MS)
    .catch(() => {
      const [first] = missing()
      const file = Math.floor((placeOf.get(first!.key) ?? 0) / shop.fileBytes) * shop.fileBytes
      throw new ScenarioFailure(
        `${missing().length} of ${shop.sent.length} acknowledged orders were not delivered after the kill; the first is ${first!.key}, whose record lay in the file ${file} before`,
      )
    })
}

/** Every file but the newest ends in a record and a blank, and the blank says how many bytes it covers. */
export async function filesEnd(context: CheckContext): Promise<void> {
  await openShop(context)
  const shop = new Shop(context)
  for (const spare of [0, 7, Number(context.variant['tooFew']), 8, 150]) await shop.fillTo(spare)
  await shop.sell(BODY_BYTES.min)
  const starts = await fileStarts(context.cluster, shop.machine)
  for (const start of starts.slice(0, -1)) await expectBlank(context.cluster, shop, start)
}

async function fileStarts(cluster: Cluster, machine: string): Promise<readonly number[]> {
  const files = await cluster.listFiles(machine)
  const names = files
    .map(({ path }) => /(?:^|\/)commitlog\/(\d{20})$/.exec(path)?.[1])
    .filter((one) => one !== undefined)
  return names.map(Number).sort((a, b) => a - b)
}

async function expectBlank(cluster: Cluster, shop: Shop, start: number): Promise<void> {
  const file = await cluster.readFile(shop.machine, `store/commitlog/${String(start).padStart(20, '0')}`)
  const inFile = (await shop.records()).filter(
    ({ physicalOffset }) => Math.floor(physicalOffset / shop.fileBytes) * shop.fileBytes === start,
  )
  const end = Math.max(0, ...inFile.map(({ physicalOffset, storeSize }) => physicalOffset + storeSize - start))
  const restBytes = shop.fileBytes - end
  const where = `${restBytes} bytes follow the last record of the file ${start}`
  if (file === undefined) throw new ScenarioFailure(`there is no file ${start} on the disk`)
  if (restBytes < BLANK_BYTES) throw new ScenarioFailure(`${where}: a reader finds no blank there`)
  if (readI32(file, end + 4) !== BLANK_MAGIC)
    throw new ScenarioFailure(`${where}: at their fifth byte a reader does not find the magic number of a blank`)
  const saysBytes = readI32(file, end)
  if (saysBytes !== restBytes) throw new ScenarioFailure(`${where}, but the blank there says ${saysBytes}`)
}

/** Every acknowledged order lies whole in one file, at the place that its record says. */
export async function recordsWhole(context: CheckContext): Promise<void> {
  await openShop(context)
  const shop = new Shop(context)
  for (const spare of [120, Number(context.variant['tooFew']), 8]) await shop.fillTo(spare)
  for (let i = 0; i < FILLERS; i++) await shop.sell(Number(context.variant[`body.${i}`]))
  const records = await shop.records()
  for (const sent of shop.sent)
    if (!isStored(records, sent))
      throw new ScenarioFailure(`${sent.key} was acknowledged, but no file of the log holds its whole record`)
}

/** A record begins a new file only when the file before has no room for it and a blank. */
export async function noWaste(context: CheckContext): Promise<void> {
  await openShop(context)
  const shop = new Shop(context)
  for (const spare of [8, 9, 8 + Number(context.variant['tooFew']), 40]) await shop.fillTo(spare)
  await shop.sell(BODY_BYTES.max)
  const records = [...(await shop.records())].sort((a, b) => a.physicalOffset - b.physicalOffset)
  for (const [i, record] of records.entries()) {
    const before = records[i - 1]
    if (before === undefined || record.physicalOffset % shop.fileBytes !== 0) continue
    const leftBytes = record.physicalOffset - (before.physicalOffset + before.storeSize)
    if (record.storeSize + BLANK_BYTES <= leftBytes)
      throw new ScenarioFailure(
        `the record of ${record.properties.get('KEYS')} has ${record.storeSize} bytes and begins a new file, although ${leftBytes} bytes were left in the one before`,
      )
  }
}

/** What the learner sees when the lab opens: a night's orders, a kill, a start, and a billing that waits for some of them. */
export async function demo(context: CheckContext): Promise<void> {
  const own = {
    ...context,
    variant: { ...context.variant, machine: 'broker-a', fileBytes: 4_096 },
  }
  await openShop(own)
  const shop = new Shop(own)
  context.cluster.step('the shop sells all evening')
  await shop.fillTo(5)
  for (let i = 0; i < 4; i++) await shop.sell(200)
  await context.cluster.sleep(500)
  await killAndStart(own)
  await context.cluster.sleep(6_000)
}
