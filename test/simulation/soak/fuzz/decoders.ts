/**
 * Ten million almost-right frames for everything that decodes: a refusal is a sentence of the decoder's own kind, and what is
 * kept is never more than what came, and no frame takes more than its work limit.
 *
 * One seed is 10,000 inputs, each fed to the stream splitter in pieces, to the frame decoder, to the header of its own code
 * and two others, and to the bodies.
 */
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { decodeBatch } from '../../../../reference/common/batch.ts'
import { FRAME_BYTES_MAX } from '../../../../reference/common/limits.ts'
import { decodeRecords } from '../../../../reference/common/message-codec.ts'
import { fromHex } from '../../../../reference/common/message-id.ts'
import { decodeProperties } from '../../../../reference/common/message-properties.ts'
import type { Shape } from '../../../../reference/common/shape.ts'
import { KeyedRandom } from '../../../../reference/host/sim/random.ts'
import { BodyError, decodeJsonBody } from '../../../../reference/remoting/bodies/json-body.ts'
import { decodeFrame, FrameSplitter } from '../../../../reference/remoting/frame-codec.ts'
import { FrameError } from '../../../../reference/remoting/frame-error.ts'
import { HeaderError, type RequestDefinition } from '../../../../reference/remoting/request.ts'
import { hostileInputs, recordedFrames } from '../../../support/recorded.ts'
import { ROOT } from '../../../support/stages.ts'
import type { Campaign, SeedResult } from '../campaign.ts'
import { Violation } from '../violation.ts'
import { mutatedFrame, repetitiveFrame } from './mutate.ts'

const INPUTS_PER_SEED = 10_000
/** Of these so many are large and repeat one token. */
const REPETITIVE_PER_SEED = 20
/**
 * Processor time of one frame through everything that decodes it. A limit against readers that are worse than linear, not
 * against slow machines: a linear one needs some hundredths of it.
 */
export const CPU_MS_MAX = 5_000

/** Processor time of this thread since `before`, in ms. */
export function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1_000
}

/** Recorded frames of every kind, the hostile ones too, none very large. */
export function corpus(): readonly Uint8Array[] {
  const seen = new Set<string>()
  const frames: Uint8Array[] = []
  const add = (hex: string, kind: string) => {
    if (hex.length > 16_000 || hex === '' || seen.has(kind)) return
    seen.add(kind)
    frames.push(fromHex(hex)!)
  }
  for (const { hex, dir, peer } of recordedFrames()) {
    const { code, extFields } = decodeFrame(fromHex(hex)!)
    add(hex, `${dir} ${peer} ${code} ${Object.keys(extFields ?? {}).join()}`)
  }
  for (const { name, in: input } of hostileInputs()) {
    if (input !== undefined) add(typeof input === 'string' ? input : input.join(''), name)
  }
  return frames
}

type AnyDefinition = RequestDefinition<Record<string, never>>

interface Decoders {
  readonly headers: readonly AnyDefinition[]
  readonly bodies: readonly (readonly [name: string, shape: Shape<unknown>])[]
}

/** Every header and every body of the catalogue. */
export async function allDecoders(): Promise<Decoders> {
  const modules = async (folder: string) => {
    const path = join(ROOT, 'reference/remoting', folder)
    return Promise.all(
      readdirSync(path)
        .toSorted()
        .map(async (name) => import(join(path, name)) as Promise<Record<string, unknown>>),
    )
  }
  const headers: AnyDefinition[] = []
  for (const exports of await modules('requests'))
    for (const [, each] of byName(exports))
      if (typeof each === 'object' && each !== null && 'decode' in each) headers.push(each as AnyDefinition)
  const bodies: [string, Shape<unknown>][] = []
  for (const exports of await modules('bodies'))
    for (const [name, each] of byName(exports)) if (name.endsWith('Shape')) bodies.push([name, each as Shape<unknown>])
  return { headers, bodies }
}

/** Sorted: runners of tests keep the order of the text, Node that of the names. */
const byName = (exports: Record<string, unknown>) => Object.entries(exports).toSorted(([a], [b]) => (a < b ? -1 : 1))

/** What may come out of a decoder beside a value. */
const isRefusal = (error: unknown) =>
  (error instanceof FrameError || error instanceof HeaderError || error instanceof BodyError) &&
  error.message.length > 10

/** Told what came out of each decoder: its value, or the sentence of its refusal. */
type Heard = (what: string, outcome: unknown) => void

/** Runs one decoder on one input; anything but a value or a sentence is a violation. */
function attempt(what: string, input: Uint8Array, heard: Heard, decode: () => unknown): boolean {
  try {
    heard(what, decode())
    return true
  } catch (error) {
    if (isRefusal(error)) {
      heard(what, (error as Error).message)
      return false
    }
    const hex = Buffer.from(input.subarray(0, 2_000)).toString('hex')
    throw new Violation('hostile', `${what} threw ${String((error as Error).stack)}\n  input ${hex}`)
  }
}

export function decoderCampaign(): Campaign {
  const frames = corpus()
  let decoders: Decoders | undefined
  const run = async (seed: number): Promise<SeedResult> => {
    decoders ??= await allDecoders()
    const counts = { inputs: 0, frames: 0, headers: 0, bodies: 0, refused: 0 }
    const result = (violation: Violation | undefined): SeedResult => ({ violation, virtualMs: 0, counts })
    const random = new KeyedRandom(seed).stream('fuzz')
    try {
      for (let i = 0; i < INPUTS_PER_SEED; i++) {
        const isRepetitive = i % (INPUTS_PER_SEED / REPETITIVE_PER_SEED) === 0
        const input = isRepetitive ? repetitiveFrame(random, frames) : mutatedFrame(random, frames)
        const before = process.threadCpuUsage()
        fuzzOne(input, random, decoders, counts)
        const spentMs = cpuMsSince(before)
        if (spentMs < CPU_MS_MAX) continue
        const hex = Buffer.from(input.subarray(0, 2_000)).toString('hex')
        throw new Violation('hostile', `${spentMs} ms for a frame of ${input.length} bytes\n  input ${hex}`)
      }
      return result(undefined)
    } catch (error) {
      if (error instanceof Violation) return result(error)
      throw error
    }
  }
  return {
    name: 'decoders',
    about: `everything that decodes, ${INPUTS_PER_SEED} hostile inputs a seed`,
    run,
    minimise: async (seed) => [`seed ${seed}: the input above is one frame; it is as short as the mutation made it`],
  }
}

function fuzzOne(
  input: Uint8Array,
  random: { int(below: number): number },
  { headers, bodies }: Decoders,
  counts: { inputs: number; frames: number; headers: number; bodies: number; refused: number },
  heard: Heard = () => {},
): void {
  counts.inputs++
  const splitter = new FrameSplitter()
  const found: Uint8Array[] = []
  const cut = random.int(input.length + 1)
  const isSplit = attempt('the splitter', input, heard, () => {
    for (const piece of [input.subarray(0, cut), input.subarray(cut)])
      splitter.push(piece, (frame) => found.push(frame))
  })
  if (splitter.heldBytes > Math.min(input.length, FRAME_BYTES_MAX))
    throw new Violation('hostile', `the splitter holds ${splitter.heldBytes} bytes of ${input.length}`)
  if (!isSplit) counts.refused++
  for (const frame of found) {
    const isRead = attempt('decodeFrame', input, heard, () => {
      const { code, extFields, remark, body } = decodeFrame(frame)
      const kept = Object.entries(extFields ?? {}).reduce((sum, [name, value]) => sum + name.length + value.length, 0)
      if (kept + (remark?.length ?? 0) > 4 * frame.length)
        throw new Violation('hostile', `a frame of ${frame.length} bytes became texts of ${kept} characters`)
      const own = headers.filter((header) => header.code === code)
      for (const header of [...own, headers[random.int(headers.length)]!, headers[random.int(headers.length)]!]) {
        counts.headers++
        attempt('a header', input, heard, () => header.decode(extFields))
      }
      const [name, shape] = bodies[random.int(bodies.length)]!
      counts.bodies++
      attempt(name, input, heard, () => decodeJsonBody(name, body, shape))
      attempt('decodeBatch', input, heard, () => decodeBatch(body ?? new Uint8Array()))
      attempt('decodeRecords', input, heard, () => decodeRecords(body ?? new Uint8Array()))
      const text = extFields?.['properties'] ?? extFields?.['i'] ?? ''
      attempt('decodeProperties', input, heard, () => decodeProperties(text))
      return { code, extFields, remark, body }
    })
    if (isRead) counts.frames++
    else counts.refused++
  }
}

/** A hash of everything that comes out of the decoders for `inputs` hostile inputs: values, and sentences of refusals. */
export async function decodedHash(seed: number, inputs: number): Promise<string> {
  const hash = createHash('sha256')
  const frames = corpus()
  const decoders = await allDecoders()
  const random = new KeyedRandom(seed).stream('fuzz')
  const counts = { inputs: 0, frames: 0, headers: 0, bodies: 0, refused: 0 }
  const heard: Heard = (what, outcome) => hash.update(`${what} ${JSON.stringify(outcome, plain) ?? ''}\n`)
  for (let i = 0; i < inputs; i++) fuzzOne(mutatedFrame(random, frames), random, decoders, counts, heard)
  return hash.digest('hex').slice(0, 16)
}

/** What JSON does not know, as something that it does. */
function plain(_name: string, value: unknown): unknown {
  if (value instanceof Map || value instanceof Set) return [...value]
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return typeof value === 'bigint' ? `${value}n` : value
}
