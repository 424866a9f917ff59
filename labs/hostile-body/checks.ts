/**
 * The scenarios of the lab "A hostile body": orders whose bodies look like parts of a log, files that end in blanks, damage on the
 * disk, sizes that lie. In each, the broker is killed and walks its log at the next start with the learner's step.
 *
 * Names, sizes, secrets and places are drawn from the seed. What must arrive and what must not is decided by what the shop sent and
 * by where the check has damaged the disk, never by what the broker says.
 */
import { encodeBase64 } from '../../reference/common/base64.ts'
import { concatBytes, writeI32 } from '../../reference/common/bytes.ts'
import type { MessageExt } from '../../reference/common/message.ts'
import { BLANK_MAGIC, encodeRecord, MESSAGE_MAGIC_V1, MESSAGE_MAGIC_V2 } from '../../reference/common/message-codec.ts'
import { decodeUtf8, encodeUtf8 } from '../../reference/common/utf8.ts'
import { type Cluster, ScenarioFailure } from '../../reference/host/cluster.ts'
import { type SentMessage, storedRecords, undelivered } from '../judge/evidence.ts'
import type { CheckContext, Draw, Variant } from '../lab.ts'

const NAMESRV = 'namesrv:9876'
const REFUNDS = 'Refunds'
/** Where the body begins in a record with IPv4 hosts. */
const BODY_AT = 88
/** A phase of damage needs so many bytes of one file. */
const PHASE_BYTES = 3_200
const ARRIVE_WITHIN_MS = 45_000
/** After all that must arrive has arrived: time for what must not. */
const QUIET_MS = 3_000

const MACHINES = ['heron', 'birch', 'cedar', 'ember', 'flint', 'grove', 'juniper', 'kestrel']
const TOPICS = ['Orders', 'Payments', 'Parcels', 'Tickets']
const GROUPS = ['billing', 'billing-eu', 'invoices', 'charges']

/** Draws names, the size of a file, places inside bodies, and the secret of every body. */
export function variant(draw: Draw): Variant {
  return {
    topic: TOPICS[draw('topic', TOPICS.length)]!,
    group: GROUPS[draw('group', GROUPS.length)]!,
    machine: `${MACHINES[draw('machine', MACHINES.length)]}-${10 + draw('number', 90)}`,
    fileBytes: 9_000 + draw('file', 2_000),
    before: 1 + draw('before', 40),
    flip: draw('flip', 60),
    secret: `${draw('secret.1', 2 ** 31)}-${draw('secret.2', 2 ** 31)}`,
  }
}

/** A broker, a shop that sends any bytes, and a disk that the check may damage while the broker is down. */
class Shop {
  readonly sent: SentMessage[] = []
  readonly context: CheckContext
  readonly cluster: Cluster
  readonly machine: string
  readonly fileBytes: number

  constructor(context: CheckContext) {
    this.context = context
    this.cluster = context.cluster
    this.machine = String(context.variant['machine'])
    this.fileBytes = Number(context.variant['fileBytes'])
  }

  /** Starts NameServer, broker and shop; the topics have one queue each. */
  async open(): Promise<void> {
    const { cluster, machine } = this
    await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
    const args = [
      `namesrvAddr=${NAMESRV}`,
      `brokerName=${machine}`,
      'listenPort=10911',
      `mappedFileSizeCommitLog=${this.fileBytes}`,
      'mappedFileSizeConsumeQueue=6000',
      'messageIndexEnable=false',
    ]
    await cluster.start({ name: machine, program: 'broker', args })
    await cluster.start({ name: 'admin', program: 'admin', args: [`namesrvAddr=${NAMESRV}`] })
    for (const topic of [String(this.context.variant['topic']), REFUNDS])
      await cluster.admin('admin', ['updateTopic', '-t', topic, '-c', 'DefaultCluster', '-r', '1', '-w', '1'])
    await cluster.start({ name: 'shop', program: 'producer', args: [`namesrvAddr=${NAMESRV}`, 'group=shop'] })
  }

  /** The beginning of every body: a text with the secret of the run. */
  head(): Uint8Array {
    return encodeUtf8(`order ${this.#number()} (${this.context.variant['secret']}) `)
  }

  #number(): number {
    return 101 + this.sent.length
  }

  /** Sends one order: its head, then these bytes. Fails when the broker does not take it. */
  async sell(bytes: Uint8Array = encodeUtf8('one coffee, please'.padEnd(200, '.'))): Promise<SentMessage> {
    return this.sellWhole(concatBytes([this.head(), bytes]))
  }

  async sellWhole(body: Uint8Array): Promise<SentMessage> {
    const message = { topic: String(this.context.variant['topic']), key: `order-${this.#number()}` }
    const startMs = this.cluster.nowMs()
    const call = JSON.stringify({ ...message, body: '', bodyBase64: encodeBase64(body) })
    const result = JSON.parse(await this.cluster.call('shop', 'send', call)) as Omit<SentMessage, 'topic' | 'key'>
    if (result.status !== 'SEND_OK') throw new ScenarioFailure(`${message.key} was not taken: ${result.error}`)
    const sent = { ...result, ...message, body: decodeUtf8(body), tookMs: this.cluster.nowMs() - startMs }
    this.sent.push(sent)
    return sent
  }

  records(): Promise<readonly MessageExt[]> {
    return storedRecords(this.cluster, this.machine)
  }

  /** The record of an order, as a reader of the check's own finds it on the disk. */
  async recordOf({ key, msgId }: SentMessage): Promise<MessageExt> {
    const found = (await this.records()).find((one) => one.properties.get('UNIQ_KEY') === msgId)
    if (found === undefined) throw new ScenarioFailure(`${key} was acknowledged, but is not on the disk`)
    return found
  }

  async logEnd(): Promise<number> {
    const ends = (await this.records()).map(({ physicalOffset, storeSize }) => physicalOffset + storeSize)
    return Math.max(0, ...ends)
  }

  /** Sells until the file that is written has room for `bytes` more. */
  async makeRoom(bytes: number): Promise<void> {
    for (let i = 0; i < ORDERS_A_FILE_MAX; i++) {
      if (this.fileBytes - ((await this.logEnd()) % this.fileBytes) > bytes) return
      await this.sell(new Uint8Array(300).fill(46))
    }
    throw new ScenarioFailure('the log does not grow: no file has room')
  }

  async kill(): Promise<void> {
    this.cluster.step('the broker is killed')
    await this.cluster.kill(this.machine)
  }

  /** Changes bytes of the log on the disk. The range lies in one file. */
  async damage(position: number, bytes: Uint8Array): Promise<void> {
    const start = Math.floor(position / this.fileBytes) * this.fileBytes
    const path = `store/commitlog/${String(start).padStart(20, '0')}`
    const file = await this.cluster.readFile(this.machine, path)
    if (file === undefined) throw new ScenarioFailure(`there is no file ${start} on the disk`)
    const changed = file.slice()
    changed.set(bytes.subarray(0, Math.max(0, changed.length - (position - start))), position - start)
    await this.cluster.writeFile(this.machine, path, changed)
  }

  async start(): Promise<void> {
    await this.cluster.restart(this.machine).catch((error: Error) => {
      throw new ScenarioFailure(`the broker does not start: ${error.message}`)
    })
  }

  /** Starts the billing, and the cashier that pays refunds; `round` makes groups that begin at the first message again. */
  async openBilling(round = 0): Promise<void> {
    const { topic, group } = this.context.variant
    for (const [name, of, reads] of [
      ['billing', group, topic],
      ['cashier', 'refunds', REFUNDS],
    ]) {
      const from = 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET'
      const args = [`namesrvAddr=${NAMESRV}`, `group=${of}-${round}`, `topic=${reads}`, from]
      await this.cluster.start({ name: String(name), program: 'consumer', args })
    }
  }

  async closeBilling(): Promise<void> {
    for (const name of ['billing', 'cashier']) await this.cluster.kill(name)
  }

  /** Waits until these orders are delivered; fails with `where` and the first that is not. */
  async expectDelivered(expected: readonly SentMessage[], where: string, round = 0): Promise<void> {
    const group = `${this.context.variant['group']}-${round}`
    const missing = () => undelivered(this.cluster, 'billing', group, expected)
    await this.cluster
      .waitUntil('the orders are delivered', () => missing().length === 0, ARRIVE_WITHIN_MS)
      .catch(() => {
        throw new ScenarioFailure(
          `${missing().length} of ${expected.length} acknowledged orders ${where} were not delivered; the first is ${missing()[0]!.key}`,
        )
      })
  }

  /** Nobody is handed what nobody has sent. */
  expectNoRefund(): void {
    const [refund] = this.cluster.deliveries().filter(({ node }) => node === 'cashier')
    if (refund !== undefined)
      throw new ScenarioFailure(
        `the cashier was handed ${refund.key}, which nobody has sent: its bytes lay in the body of an order`,
      )
  }
}

const ORDERS_A_FILE_MAX = 60

/** A whole record of the topic Refunds that says it lies at `physicalOffset`. */
function forged(physicalOffset: number, number: number): Uint8Array {
  const ip = Uint8Array.of(10, 0, 0, 1)
  const stamps = { bornTimestamp: 1_704_067_200_500, storeTimestamp: 1_704_067_200_500 }
  const place = { topic: REFUNDS, queueId: 0, queueOffset: 0, physicalOffset }
  const rest = { flag: 0, sysFlag: 0, reconsumeTimes: 0, preparedTransactionOffset: 0 }
  const hosts = { bornIp: ip, bornPort: 40_000, storeIp: ip, storePort: 10_911 }
  const propertiesText = `KEYS\u0001refund-${number}\u0002`
  return encodeRecord({ ...place, ...rest, ...hosts, ...stamps, body: encodeUtf8('pay back'), propertiesText })
}

function i32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  writeI32(bytes, 0, value)
  return bytes
}

/** Bodies may hold anything: after a kill every order is delivered as it was sent. */
export async function bodiesKept(context: CheckContext): Promise<void> {
  const shop = new Shop(context)
  await shop.open()
  const pad = new Uint8Array(Number(context.variant['before'])).fill(97)
  await shop.sell()
  for (const magic of [MESSAGE_MAGIC_V1, MESSAGE_MAGIC_V2, BLANK_MAGIC]) {
    await shop.sell(concatBytes([pad, i32(300), i32(magic), pad]))
    await shop.sell(concatBytes([pad, i32(magic)]))
  }
  await shop.sell(new Uint8Array(64))
  await shop.sell(concatBytes([pad, new Uint8Array(40), pad, forged(0, 1), pad]))
  await shop.sellWhole(concatBytes([i32(MESSAGE_MAGIC_V1), shop.head()]))
  await shop.sellWhole(new Uint8Array(1))
  await shop.sell()
  await shop.kill()
  await shop.start()
  await shop.openBilling()
  await shop.expectDelivered(shop.sent, 'with bodies of all kinds')
  await context.cluster.sleep(QUIET_MS)
  shop.expectNoRefund()
}

/** A log of several files is walked to its end. */
export async function filesPassed(context: CheckContext): Promise<void> {
  const shop = new Shop(context)
  await shop.open()
  while ((await shop.logEnd()) < 2 * shop.fileBytes + 600) {
    if (shop.sent.length > 3 * ORDERS_A_FILE_MAX) throw new ScenarioFailure('the log does not grow')
    await shop.sell(new Uint8Array(300 + ((shop.sent.length * Number(context.variant['before'])) % 500)).fill(46))
  }
  await shop.kill()
  await shop.start()
  await shop.sell()
  await shop.openBilling()
  await shop.expectDelivered(shop.sent, 'in three files')
}

/** What a phase of damage leaves: orders that must arrive, and orders that must not. */
interface Aftermath {
  readonly kept: SentMessage[]
  readonly cut: { readonly order: SentMessage; readonly damaged: SentMessage }[]
}

/** The log ends at its first damaged record: what lies before is kept, what lies behind is handed to nobody. */
export async function damageEnds(context: CheckContext): Promise<void> {
  const shop = new Shop(context)
  await shop.open()
  const after: Aftermath = { kept: [], cut: [] }
  for (const [round, kind] of (['body', 'size', 'page', 'huge'] as const).entries()) {
    const damagedAt = await damagePhase(shop, kind, after)
    await shop.openBilling(round)
    await shop.expectDelivered(after.kept, 'before the damage', round)
    await context.cluster.sleep(QUIET_MS)
    shop.expectNoRefund()
    for (const { order, damaged } of after.cut) expectCut(context.cluster, order, damaged)
    await shop.closeBilling()
    after.kept.push(await expectNextAt(shop, damagedAt))
  }
}

function expectCut(cluster: Cluster, order: SentMessage, damaged: SentMessage): void {
  if (!cluster.deliveries().some(({ node, msgId }) => node === 'billing' && msgId === order.msgId)) return
  if (order === damaged)
    throw new ScenarioFailure(`${order.key} was delivered, although its record on the disk is damaged`)
  throw new ScenarioFailure(`${order.key} was delivered, although the record of ${damaged.key} before it is damaged`)
}

/** The next order is written where the damaged record began: nothing behind that place counts as log. */
async function expectNextAt(shop: Shop, damagedAt: number): Promise<SentMessage> {
  const next = await shop.sell()
  const { physicalOffset } = await shop.recordOf(next)
  if (physicalOffset !== damagedAt)
    throw new ScenarioFailure(
      `${next.key} was written at byte ${physicalOffset}, although the log is damaged at byte ${damagedAt}: bytes behind the damage count as log`,
    )
  return next
}

/** Some orders, one with a record in its body; a kill; damage to the record before that one; a start. Returns where it begins. */
async function damagePhase(shop: Shop, kind: 'body' | 'size' | 'page' | 'huge', after: Aftermath): Promise<number> {
  const from = shop.sent.length
  await shop.makeRoom(PHASE_BYTES)
  await shop.sell()
  const kept = shop.sent.slice(from)
  const damaged = await shop.sell()
  const record = await shop.recordOf(damaged)
  const head = shop.head()
  const forgerAt = record.physicalOffset + record.storeSize
  const forgedAt = forgerAt + BODY_AT + head.length
  const cutFrom = shop.sent.length - 1
  await shop.sell(forged(forgedAt, cutFrom))
  await shop.sell()
  // the next file holds orders, too
  const fileEndsAt = (Math.floor(record.physicalOffset / shop.fileBytes) + 1) * shop.fileBytes
  while ((await shop.logEnd()) <= fileEndsAt) await shop.sell(new Uint8Array(900).fill(46))
  await shop.kill()
  shop.cluster.step(`the record of ${damaged.key} is damaged on the disk`)
  if (kind === 'body') {
    const at = record.physicalOffset + BODY_AT + Number(shop.context.variant['flip'])
    await shop.damage(at, Uint8Array.of(0x80 ^ record.body[Number(shop.context.variant['flip'])]!))
  } else if (kind === 'size') await shop.damage(record.physicalOffset, i32(forgedAt - record.physicalOffset))
  else if (kind === 'huge') await shop.damage(record.physicalOffset, i32(2 ** 31 - 1))
  else await shop.damage(record.physicalOffset, new Uint8Array(forgerAt + 60 - record.physicalOffset))
  await shop.start()
  after.kept.push(...kept)
  for (const order of shop.sent.slice(cutFrom)) after.cut.push({ order, damaged })
  return record.physicalOffset
}

/** Whatever numbers stand behind the last record, the broker starts, keeps what it had, and goes on. */
export async function sizesLie(context: CheckContext): Promise<void> {
  const shop = new Shop(context)
  await shop.open()
  await shop.sell()
  for (const size of [-1, 0, 8, 400, 2 ** 31 - 1, -(2 ** 31)]) {
    await shop.kill()
    await shop.damage(await shop.logEnd(), concatBytes([i32(size), i32(MESSAGE_MAGIC_V1), new Uint8Array(24).fill(1)]))
    shop.cluster.step(`behind the last record stands a size of ${size}`)
    await shop.start()
    await shop.sell()
  }
  await shop.openBilling()
  await shop.expectDelivered(shop.sent, 'between starts')
}

/** What the learner sees when the lab opens: an order with strange bytes, a kill, a start, and a billing that misses orders. */
export async function demo(context: CheckContext): Promise<void> {
  const own = {
    ...context,
    variant: { ...context.variant, machine: 'broker-a', fileBytes: 16_384 },
  }
  const shop = new Shop(own)
  await shop.open()
  context.cluster.step('the shop sells all evening; one customer attaches a file to his order')
  for (let i = 0; i < 4; i++) await shop.sell()
  await shop.sell(concatBytes([encodeUtf8('see the attachment: '), forged(0, 1)]))
  for (let i = 0; i < 4; i++) await shop.sell()
  await context.cluster.sleep(500)
  await shop.kill()
  await shop.start()
  await shop.openBilling()
  await context.cluster.sleep(6_000)
}
