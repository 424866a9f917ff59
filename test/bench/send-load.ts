/**
 * Sends prepared frames over plain sockets, a fixed number under way on each connection, and measures the answers.
 *
 * Each of these places for a frame has one prepared frame, and its number is the `opaque` of this frame. When the answer
 * arrives, the same frame is sent again, with the next unique id. So the load needs little work of its own, and the server is
 * what is measured.
 */
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'

/** What one load sends and for how long. */
export interface LoadOptions {
  /** host:port of the server. */
  readonly address: string
  readonly connections: number
  /** Frames without an answer on each connection. */
  readonly underWay: number
  readonly warmupMs: number
  readonly measuredMs: number
  /** The process of the server, whose CPU time is read. */
  readonly pid: number
  /**
   * Returns the frame for a place. The eight digits at `idAt`, if any, are counted up before each send, because a real
   * producer never repeats a unique id.
   */
  frame(opaque: number): PreparedFrame
}

/** A frame that is sent again and again. */
export interface PreparedFrame {
  readonly bytes: Buffer
  /** The positions of the eight digits that change. */
  readonly idAt: readonly number[]
}

/** What one load saw while it measured. */
export interface LoadResult {
  readonly answers: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Seconds of CPU time of the server, of all its threads, for 100,000 answers. */
  readonly cpuSeconds: number
}

/** Linux counts the CPU time of a process in hundredths of a second. */
const TICKS_PER_SECOND = 100
const OPAQUE = Buffer.from('"opaque":')
const CODE = Buffer.from('"code":')
const ID_DIGITS = 8

/** Puts a load on a server. Rejects when the server refuses a send or ends a connection. */
export async function sendLoad(options: LoadOptions): Promise<LoadResult> {
  const load = new Load(options)
  try {
    await load.start()
    await after(options.warmupMs)
    load.begin()
    const cpuBefore = cpuTicks(options.pid)
    const startMs = performance.now()
    await Promise.race([after(options.measuredMs), load.failure])
    const tookMs = performance.now() - startMs
    const ticks = cpuTicks(options.pid) - cpuBefore
    return load.result(tookMs, ticks / TICKS_PER_SECOND)
  } finally {
    load.end()
  }
}

class Load {
  readonly #options: LoadOptions
  readonly #sockets: Socket[] = []
  readonly #times: number[] = []
  #isMeasuring = false
  #isOver = false
  #nextId = 0
  #fail: (error: Error) => void = () => {}
  /** Rejects when the load cannot go on. */
  readonly failure: Promise<never>

  constructor(options: LoadOptions) {
    this.#options = options
    this.failure = new Promise((_, reject) => {
      this.#fail = reject
    })
    this.failure.catch(() => {})
  }

  async start(): Promise<void> {
    const [host, port] = this.#options.address.split(':')
    for (let i = 0; i < this.#options.connections; i++) {
      const socket = connect({ host: host!, port: Number(port), noDelay: true })
      await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
      this.#sockets.push(socket)
    }
    for (const socket of this.#sockets) this.#serve(socket)
  }

  begin(): void {
    this.#times.length = 0
    this.#isMeasuring = true
  }

  end(): void {
    this.#isOver = true
    for (const socket of this.#sockets) socket.destroy()
  }

  result(tookMs: number, cpuSeconds: number): LoadResult {
    const times = this.#times.sort((a, b) => a - b)
    const at = (share: number) => times[Math.floor((times.length - 1) * share)] ?? Number.NaN
    const answers = times.length
    return {
      answers,
      perSecond: answers / (tookMs / 1_000),
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      cpuSeconds: (cpuSeconds / answers) * 100_000,
    }
  }

  /** Fills the places of one connection, and sends a place's frame again when its answer has arrived. */
  #serve(socket: Socket): void {
    const { underWay, frame } = this.#options
    const frames = Array.from({ length: underWay }, (_, opaque) => frame(opaque))
    const sentMs = new Float64Array(underWay)
    const again = (opaques: readonly number[]) => {
      const nowMs = performance.now()
      for (const opaque of opaques) {
        sentMs[opaque] = nowMs
        this.#countUp(frames[opaque]!)
      }
      socket.write(Buffer.concat(opaques.map((opaque) => frames[opaque]!.bytes)))
    }
    let rest: Buffer = Buffer.alloc(0)
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#isOver || this.#fail(new Error('the server has closed a connection of the load')))
    socket.on('data', (chunk) => {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      const opaques: number[] = []
      const nowMs = performance.now()
      let at = 0
      while (bytes.length - at >= 4 && bytes.length - at - 4 >= bytes.readInt32BE(at)) {
        const end = at + 4 + bytes.readInt32BE(at)
        const opaque = numberAfter(bytes, OPAQUE, at)
        if (numberAfter(bytes, CODE, at) !== 0)
          return this.#fail(new Error(`a send was refused: ${bytes.toString('latin1', at + 8, end)}`))
        if (this.#isMeasuring) this.#times.push(nowMs - sentMs[opaque]!)
        opaques.push(opaque)
        at = end
      }
      rest = bytes.subarray(at)
      if (opaques.length > 0 && !this.#isOver) again(opaques)
    })
    again(frames.map((_, opaque) => opaque))
  }

  #countUp({ bytes, idAt }: PreparedFrame): void {
    for (const at of idAt) {
      let id = this.#nextId++
      for (let digit = ID_DIGITS - 1; digit >= 0; digit--) {
        bytes[at + digit] = 0x30 + (id % 10)
        id = Math.floor(id / 10)
      }
    }
  }
}

/** The digits after `name`, from `at` on. */
function numberAfter(bytes: Buffer, name: Buffer, at: number): number {
  let number = 0
  for (let i = bytes.indexOf(name, at) + name.length; bytes[i]! >= 0x30 && bytes[i]! <= 0x39; i++)
    number = number * 10 + bytes[i]! - 0x30
  return number
}

/** The CPU time of a process and all its threads, in ticks: fields 14 and 15 of `/proc/PID/stat`. */
function cpuTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}

const after = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
