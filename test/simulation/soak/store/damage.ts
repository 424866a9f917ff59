/**
 * What bad luck or a bad disk does to files while nobody runs, and what may be expected afterwards.
 *
 * | damage        | may be lost                                                                        |
 * | ------------- | ---------------------------------------------------------------------------------- |
 * | logBit        | the record, and what follows it if recovery walks over it and cuts there            |
 * | logTail       | everything from there on: the end of the last file is missing, zero, or garbage     |
 * | checkpointBit, noCheckpoint | nothing                                                              |
 * | queueTail, queueFile | nothing: queues are made from the log again                                  |
 * | extraFile     | nothing: an empty last file is a creation that was cut short                        |
 *
 * Bits are flipped only where the format can notice: sizes, magic, CRC, position, body. A flipped bit in another header field
 * is a different valid record; the stored CRC covers the body only, and no store of this format can tell.
 */
import type { SimDisk } from '../../../../reference/host/sim/disk.ts'
import { logFiles } from './log-reader.ts'
import { DIRECTORY, type StoreMachine } from './machine.ts'
import type { Entry, Model } from './model.ts'
import type { StoreOp } from './ops.ts'

type DamageOp = StoreOp & { readonly op: 'damage' }

/** Spoils files, and tells the model what is no longer promised. */
export function inflict(machine: StoreMachine, model: Model, damage: DamageOp): void {
  const { disk } = machine.node
  const fileBytes = machine.settings.commitLogFileBytes
  if (damage.what === 'logBit') flipLogBit(disk, model, damage, fileBytes)
  else if (damage.what === 'logTail') cutLogTail(disk, model, damage)
  else if (damage.what === 'noCheckpoint') disk.remove(`${DIRECTORY}checkpoint`)
  else if (damage.what === 'checkpointBit') flipCheckpoint(disk, damage)
  else if (damage.what === 'queueTail') cutQueueTail(disk, damage)
  else if (damage.what === 'queueFile') removeQueueFile(disk, damage)
  else addEmptyFile(disk, fileBytes)
}

function flipLogBit(disk: SimDisk, model: Model, damage: DamageOp, fileBytes: number): void {
  const known = model.live.filter((entry) => entry.record !== undefined && !entry.isSpoiled)
  const entry = known[Math.floor(damage.at * known.length)]
  if (entry === undefined) return
  const checked = checkedBytes(entry)
  const at = entry.physicalOffset + checked[Math.floor(damage.at * 7_919) % checked.length]!
  const path = `${DIRECTORY}commitlog/${fileOf(disk, at, fileBytes)}`
  edit(disk, path, (bytes) => {
    bytes[at % fileBytes]! ^= 1 << damage.bit
    return bytes
  })
  loseFrom(model, entry.physicalOffset)
  entry.isSpoiled = true
  // the last file is always walked after a crash
  const lastFile = known.reduce((last, { physicalOffset }) => Math.max(last, physicalOffset), 0)
  entry.mustGo = Math.floor(entry.physicalOffset / fileBytes) === Math.floor(lastFile / fileBytes)
}

/** Positions within a record whose change a reader can notice. */
function checkedBytes(entry: Entry): number[] {
  const checked = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 28, 29, 30, 31, 32, 33, 34, 35]
  const body = entry.message.bornIp.length === 16 ? 100 : 88
  for (let i = 0; i < entry.message.body.length; i++) checked.push(body + i)
  return checked
}

function cutLogTail(disk: SimDisk, model: Model, damage: DamageOp): void {
  const last = logFiles(disk).at(-1)
  if (last === undefined) return
  const path = `${DIRECTORY}commitlog/${last}`
  const used = usedBytes(disk, path)
  const cut = Math.floor(damage.at * used)
  edit(disk, path, (bytes) => {
    if (damage.bit < 3) return bytes.slice(0, Math.max(cut, 1))
    for (let i = cut; i < bytes.length; i++) bytes[i] = damage.bit < 6 ? 0 : (i * 131 + 7) & 0xff
    return bytes
  })
  loseFrom(model, Number(last) + cut)
  if (damage.bit < 6) return // zeros are noticed wherever they begin; garbage in a topic or a property is not
  for (const entry of model.live) if (holds(entry, Number(last) + cut)) entry.isSpoiled = true
}

function flipCheckpoint(disk: SimDisk, damage: DamageOp): void {
  const path = `${DIRECTORY}checkpoint`
  edit(disk, path, (bytes) => {
    const at = Math.floor(damage.at * 24)
    if (at < bytes.length) bytes[at]! ^= 1 << damage.bit
    return bytes
  })
}

function cutQueueTail(disk: SimDisk, damage: DamageOp): void {
  const paths = disk.files().filter(({ path }) => path.startsWith(`${DIRECTORY}consumequeue/`))
  const chosen = paths[Math.floor(damage.at * paths.length)]
  if (chosen === undefined) return
  const queue = chosen.path.slice(0, chosen.path.lastIndexOf('/'))
  const ofQueue = paths.filter(({ path }) => path.startsWith(`${queue}/`))
  if (damage.bit < 3) for (const { path } of ofQueue) disk.remove(path)
  else edit(disk, ofQueue.at(-1)!.path, (bytes) => bytes.slice(0, Math.floor(bytes.length * damage.at)))
}

/** One file, of which the queue may have more. */
function removeQueueFile(disk: SimDisk, damage: DamageOp): void {
  const paths = disk.files().filter(({ path }) => path.startsWith(`${DIRECTORY}consumequeue/`))
  const chosen = paths[Math.floor(damage.at * paths.length)]
  if (chosen !== undefined) disk.remove(chosen.path)
}

function addEmptyFile(disk: SimDisk, fileBytes: number): void {
  const last = logFiles(disk).at(-1)
  const next = last === undefined ? 0 : Number(last) + fileBytes
  disk.put(`${DIRECTORY}commitlog/${String(next).padStart(20, '0')}`, new Uint8Array())
}

function holds(entry: Entry, position: number): boolean {
  return (
    entry.record !== undefined &&
    entry.physicalOffset < position &&
    position < entry.physicalOffset + entry.record.length
  )
}

/** Nothing that ends behind this position is promised any more. */
function loseFrom(model: Model, position: number): void {
  for (const entry of model.live) {
    const at = entry.record === undefined ? (entry.place?.physicalOffset ?? Infinity) : entry.physicalOffset
    const size = entry.record?.length ?? Infinity
    if (at + size <= position) continue
    entry.isSafe = false
    if (entry.status === 'ok') entry.status = 'unknown'
  }
  model.claimedFlushed = Math.min(model.claimedFlushed, position)
}

function fileOf(disk: SimDisk, at: number, fileBytes: number): string {
  return logFiles(disk).findLast((name) => Number(name) <= at) ?? String(at - (at % fileBytes)).padStart(20, '0')
}

function usedBytes(disk: SimDisk, path: string): number {
  const file = disk.file(path)!
  return file.read(0, file.sizeBytes).findLastIndex((byte) => byte !== 0) + 1
}

function edit(disk: SimDisk, path: string, change: (bytes: Uint8Array) => Uint8Array): void {
  const file = disk.file(path)
  if (file !== undefined) disk.put(path, change(file.read(0, file.sizeBytes)))
}
