/**
 * A disk that is too small for the log: puts are refused while it is full, old files are deleted, and a group that comes late
 * goes on with what is left. Nothing that is left is passed over, and when there is room again, all goes on by itself.
 */
import type { Cluster, Delivery, DeliveryAnswer } from '../../../../reference/host/cluster.ts'
import { RandomStream } from '../../../../reference/host/sim/random.ts'
import type { TraceEvent } from '../../../../reference/host/trace.ts'
import { pick } from '../mechanism/faults.ts'
import type { Mechanism, Setup, Work } from '../mechanism/mechanism.ts'
import { until } from '../mechanism/run-mechanism.ts'
import { SETTLED_WITHIN_MS, startMember, startServers, TOPIC } from '../mechanism/stage.ts'
import { demand } from '../violation.ts'

const KIB = 1_024
/** A log file, so that some dozens of them fill the disk. */
const FILE_BYTES = 65_536
const BROKER = 'broker-a'
const MEMBERS = { billing: 'billing-1', archive: 'archive-1' } as const
type Group = keyof typeof MEMBERS
const GROUPS = ['billing', 'archive'] as const
/** Letters that zlib cannot make much shorter. */
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const NOISE = 65_536
/** The broker looks at its disk every ten seconds. */
const LOOK_MS = 11_000
/** Percent of the disk that are filled before the script begins. */
const FULL_AT_FIRST = 80

export interface RetentionSetup extends Setup {
  readonly queues: number
  readonly diskKiB: number
  /** How much of a message there is, KiB. */
  readonly kiB: number
  /** The archive has consumed a little, and comes again when the log has gone on. */
  readonly isLate: boolean
}

export type RetentionOp =
  | { readonly op: 'send'; readonly percent: number }
  /** The archive stops, or comes back. */
  | { readonly op: 'absent' | 'present' }
  /** An operator starts the broker anew, as one does whose disk was full. */
  | { readonly op: 'again' }

export const retention: Mechanism<RetentionSetup, RetentionOp> = {
  name: 'retention',
  about: 'a disk that is too small: refused puts, deleted files, groups that come too late',
  ops: ['send', 'absent', 'present', 'again'],
  sleepsMs: [50, 1_000, 12_000],
  faults: ['kill', 'stop', 'link'],
  limits: ({ diskKiB }) => ({ diskBytes: diskKiB * KIB }),
  drawSetup: (chance) => ({
    flushDiskType: chance.int(2) === 0 ? 'ASYNC_FLUSH' : 'SYNC_FLUSH',
    queues: 1 + chance.int(3),
    diskKiB: 1_500 + 500 * chance.int(3),
    kiB: pick(chance, [8, 16]),
    isLate: chance.int(2) === 0,
  }),
  drawOp(chance) {
    const draw = chance.int(10)
    if (draw < 6) return { op: 'send', percent: 2 + chance.int(5) }
    if (draw < 8) return { op: pick(chance, ['absent', 'present'] as const) }
    return { op: 'again' }
  },
  nodes: () => ({ namesrvs: ['namesrv'], brokers: [BROKER], clients: ['shop', ...Object.values(MEMBERS)] }),
  inWords: (op) =>
    op.op === 'send'
      ? `shop sends ${op.percent} % of the disk`
      : op.op === 'again'
        ? 'an operator starts the broker anew'
        : `the archive is ${op.op}`,
  setupInWords: ({ flushDiskType, queues, diskKiB, kiB, isLate }) =>
    `${flushDiskType}, ${queues} queues, a disk of ${diskKiB} KiB, messages of ${kiB} KiB${isLate ? ', the archive comes late' : ''}`,
  begin: (setup) => new RetentionWork(setup),
}

class RetentionWork implements Work<RetentionOp> {
  readonly #setup: RetentionSetup
  readonly #noise: string
  readonly #stored = new Set<string>()
  /** Where a message lies in the log, by key: the last place, if it was sent again. */
  readonly #places = new Map<string, number>()
  readonly #handled: Readonly<Record<Group, Set<string>>> = { billing: new Set(), archive: new Set() }
  #sending: Promise<void> = Promise.resolve()
  #logStartsAt = 0
  #sent = 0
  #deleted = 0
  #refused = 0
  #tooSmall = 0

  constructor(setup: RetentionSetup) {
    this.#setup = setup
    const chance = new RandomStream(1, 'noise')
    this.#noise = Array.from({ length: NOISE }, () => LETTERS[chance.int(LETTERS.length)]).join('')
  }

  counts() {
    const late = this.#tooSmall
    return { sent: this.#sent, refused: this.#refused, 'files deleted': this.#deleted, 'came too late': late }
  }

  async start(cluster: Cluster): Promise<void> {
    cluster.onDelivery((delivery) => this.#deliver(delivery))
    const { queues, flushDiskType } = this.#setup
    await startServers(cluster, [BROKER], queues, [
      `flushDiskType=${flushDiskType}`,
      `mappedFileSizeCommitLog=${FILE_BYTES}`,
    ])
    for (const group of GROUPS) await startMember(cluster, MEMBERS[group], [`group=${group}`])
    if (this.#setup.isLate) {
      await this.#burst(cluster, 5)
      await cluster.stop(MEMBERS.archive)
    }
    for (let percent = 0; percent < FULL_AT_FIRST; percent += 5) await this.#burst(cluster, 5)
  }

  async do(cluster: Cluster, op: RetentionOp): Promise<void> {
    const member = MEMBERS.archive
    if (op.op === 'send') return this.#burst(cluster, op.percent)
    if (op.op === 'absent') {
      if (cluster.isRunning(member)) await cluster.stop(member)
    } else if (op.op === 'present') {
      if (!cluster.isRunning(member)) await cluster.restart(member).catch(() => {})
    } else await this.#startAnew(cluster)
  }

  /** One after the other, and slowly enough that the broker sees the disk fill: it looks every ten seconds. */
  #burst(cluster: Cluster, percent: number): Promise<void> {
    const count = Math.floor((percent * this.#setup.diskKiB) / 100 / this.#setup.kiB)
    this.#sending = this.#sending.then(async () => {
      await this.#send(cluster, count)
      await cluster.sleep(LOOK_MS)
    })
    return this.#sending
  }

  async #startAnew(cluster: Cluster): Promise<void> {
    if (cluster.isRunning(BROKER)) await cluster.stop(BROKER)
    if (!cluster.isRunning(BROKER)) await cluster.restart(BROKER).catch(() => {})
  }

  #bodyOf(key: string): string {
    const length = this.#setup.kiB * KIB
    const from = (key.length * 7_919 + Number(key.slice(1)) * 331) % (NOISE - 1)
    return `body of ${key} ${(this.#noise.slice(from) + this.#noise).slice(0, length)}`
  }

  async #send(cluster: Cluster, count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const key = `m${++this.#sent}`
      const { status } = await cluster.produce('shop', { topic: TOPIC, key, body: this.#bodyOf(key) })
      if (status === 'SEND_OK') this.#stored.add(key)
      else this.#refused++
    }
  }

  #deliver({ group, key, body }: Omit<Delivery, 'status'>): DeliveryAnswer {
    demand(body === this.#bodyOf(key), 'invention', () => `${key} was delivered as "${body.slice(0, 60)}"`)
    this.#handled[group as Group].add(key)
    return 'CONSUME_SUCCESS'
  }

  hear(event: TraceEvent): void {
    if (event.kind === 'record.appended' && event.topic === TOPIC) this.#places.set(event.key, event.physicalOffset)
    else if (event.kind === 'disk.removed') this.#removed(event.path)
    else if (event.kind === 'log.line')
      demand(!event.text.includes('ENOSPC'), 'limits', () => `puts were not refused in time: ${event.text}`)
    else if (event.kind === 'pull.answered' && event.status === 'OFFSET_TOO_SMALL') this.#tooSmall++
  }

  /** A log file is named after the position of its first byte. */
  #removed(path: string): void {
    const [, name] = /commitlog\/(\d{20})$/.exec(path) ?? []
    if (name === undefined) return
    this.#deleted++
    this.#logStartsAt = Math.max(this.#logStartsAt, Number(name) + FILE_BYTES)
  }

  /** Acknowledged, still in the log, and not handled by the group. */
  #missing(group: Group): readonly string[] {
    return [...this.#stored]
      .filter((key) => !this.#handled[group].has(key) && (this.#places.get(key) ?? 0) >= this.#logStartsAt)
      .map((key) => `${key} to ${group}`)
  }

  async settle(cluster: Cluster): Promise<void> {
    for (const group of GROUPS) {
      const member = MEMBERS[group]
      if (!cluster.isRunning(member)) await cluster.restart(member).catch(() => {})
    }
    const missing = () => GROUPS.flatMap((group) => this.#missing(group))
    await until(cluster, () => missing().length === 0, SETTLED_WITHIN_MS)
    demand(missing().length === 0, 'atLeastOnce', () => `in the log, and never came: ${missing().join(', ')}`)
    // there is room again without anybody's help, and what is sent then arrives
    await this.#startAnew(cluster)
    const before = this.#stored.size
    const isTaken = async () => {
      await this.#send(cluster, 1)
      return this.#stored.size > before
    }
    demand(await until(cluster, isTaken, SETTLED_WITHIN_MS), 'restart', () => 'puts are still refused')
    await until(cluster, () => missing().length === 0, SETTLED_WITHIN_MS)
    demand(missing().length === 0, 'atLeastOnce', () => `in the log, and never came: ${missing().join(', ')}`)
  }
}
