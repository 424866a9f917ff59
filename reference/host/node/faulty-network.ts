/**
 * Partition and link faults on real connections. The node that opened a connection applies these faults to both directions.
 *
 * Each direction of a connection has a queue of actions. The outgoing queue holds connects, sends and closes of this node.
 * The incoming queue holds the events opened, bytes and closed for this node. Each action has a due time. During a partition
 * with `keep`, and on a link with `hold`, actions wait. On a link with `delayMs`, new actions get a later due time. When the
 * link has no fault and the queue is empty, an action is done at once.
 */
import type { Fault } from '../cluster.ts'
import type { ConnectionHandler, ConnectionId, Host, TimerId } from '../host.ts'
import { CLOSE_LINGER_MS, CONNECT_TIMEOUT_MS, SEND_BUFFER_BYTES, SEND_BUFFER_BYTES_MAX } from '../limits.ts'
import { splitAddress } from '../paths.ts'

interface Due {
  readonly atMs: number
  readonly run: () => void
}

interface Dialled {
  readonly id: ConnectionId
  /** The name of the node to which this side connects. */
  readonly to: string
  readonly address: string
  readonly handler: ConnectionHandler
  /** The number of the real connection, or 0 while no real connection exists. */
  real: ConnectionId
  outgoing: Due[]
  incoming: Due[]
  heldBytes: number
  isOverfull: boolean
  isClosing: boolean
  isOver: boolean
  /** The timer that ends a slow connect and, later, a slow close. */
  limit: TimerId
}

/** The first number for connections that this side opens. Accepted connections have lower numbers. */
const FIRST_ID = 1_000_000_000

/** The connections that this side opened, with the faults of their links. */
export class FaultyConnections {
  readonly #host: Host
  readonly #active: () => Iterable<Fault>
  readonly #nameOf: (address: string) => string
  readonly #dialled = new Map<ConnectionId, Dialled>()
  #nextId = FIRST_ID

  constructor(host: Host, active: () => Iterable<Fault>, nameOf: (address: string) => string) {
    this.#host = host
    this.#active = active
    this.#nameOf = nameOf
  }

  connect(address: string, handler: ConnectionHandler): ConnectionId {
    const id = this.#nextId++
    const to = splitAddress(this.#nameOf(address))?.host ?? address
    const dialled: Dialled = {
      id,
      to,
      address,
      handler,
      real: 0,
      outgoing: [],
      incoming: [],
      heldBytes: 0,
      isOverfull: false,
      isClosing: false,
      isOver: false,
      limit: 0,
    }
    this.#dialled.set(id, dialled)
    // as in a real network, a fault ends the connect a little later; without a fault, the connect is the first action of the
    // queue
    if (this.#isCut(to)) this.#host.clock.after(0, () => this.#finish(dialled, 'host unreachable'))
    else if (this.#refuses(to)) this.#host.clock.after(0, () => this.#finish(dialled, 'connection refused'))
    else {
      dialled.limit = this.#host.clock.after(CONNECT_TIMEOUT_MS, () => {
        if (dialled.real === 0) this.#finish(dialled, 'host unreachable')
      })
      this.#enqueue(dialled, dialled.outgoing, true, () => this.#dial(dialled))
    }
    return id
  }

  send(id: ConnectionId, bytes: Uint8Array): number {
    const dialled = this.#dialled.get(id)
    if (dialled === undefined) return this.#host.network.send(id, bytes)
    if (dialled.isOver || dialled.isClosing) return 0
    dialled.heldBytes += bytes.length
    let below = 0
    this.#enqueue(dialled, dialled.outgoing, true, () => {
      dialled.heldBytes -= bytes.length
      below = this.#host.network.send(dialled.real, bytes)
      if (dialled.isOverfull && dialled.heldBytes < SEND_BUFFER_BYTES / 2) {
        dialled.isOverfull = false
        this.#host.clock.after(0, () => {
          if (!dialled.isOver && !dialled.isClosing) dialled.handler.onDrained?.(id)
        })
      }
    })
    if (dialled.heldBytes > SEND_BUFFER_BYTES) dialled.isOverfull = true
    if (dialled.heldBytes > SEND_BUFFER_BYTES_MAX) this.#break(dialled, 'send buffer overflow')
    return dialled.heldBytes + below
  }

  setReading(id: ConnectionId, isReading: boolean): void {
    const real = this.#dialled.get(id)?.real ?? id
    if (real !== 0) this.#host.network.setReading?.(real, isReading)
  }

  close(id: ConnectionId): void {
    const dialled = this.#dialled.get(id)
    if (dialled === undefined) this.#host.network.close(id)
    else if (!dialled.isOver && !dialled.isClosing) {
      dialled.isClosing = true
      this.#host.clock.cancel(dialled.limit)
      dialled.limit = this.#host.clock.after(CLOSE_LINGER_MS, () => this.#break(dialled, 'closed'))
      this.#enqueue(dialled, dialled.outgoing, true, () => this.#host.network.close(dialled.real))
    }
  }

  reset(id: ConnectionId): void {
    const dialled = this.#dialled.get(id)
    if (dialled === undefined) this.#host.network.reset(id)
    else this.#host.clock.after(0, () => this.#break(dialled, 'reset'))
  }

  /**
   * Called when a fault has begun or ended. Breaks the connections that a fault now cuts, and continues the connections that
   * have waited for the end of a fault.
   */
  faultsChanged(): void {
    for (const dialled of [...this.#dialled.values()]) {
      if (this.#isCut(dialled.to)) this.#break(dialled, dialled.real === 0 ? 'host unreachable' : 'reset')
      else {
        this.#run(dialled, dialled.outgoing)
        this.#run(dialled, dialled.incoming)
      }
    }
  }

  #dial(dialled: Dialled): void {
    const { network } = this.#host
    const { id, handler } = dialled
    const comes = (run: () => void) => this.#enqueue(dialled, dialled.incoming, false, run)
    dialled.real = network.connect(dialled.address, {
      onOpened: (_, local, remote) =>
        comes(() => {
          if (!dialled.isClosing) this.#host.clock.cancel(dialled.limit)
          if (!dialled.isClosing) handler.onOpened?.(id, local, remote)
        }),
      onBytes: (_, bytes) =>
        comes(() => {
          if (!dialled.isClosing) handler.onBytes(id, bytes)
        }),
      onDrained: () => {
        if (!dialled.isOver) handler.onDrained?.(id)
      },
      onClosed: (_, reason) => comes(() => this.#finish(dialled, dialled.isClosing ? 'closed' : reason)),
    })
  }

  #enqueue(dialled: Dialled, queue: Due[], isOutgoing: boolean, run: () => void): void {
    const delayMs = this.#delayMs(dialled.to, isOutgoing)
    if (delayMs === 0 && queue.length === 0 && !this.#isHeld(dialled.to, isOutgoing)) {
      run()
      return
    }
    queue.push({ atMs: this.#host.clock.monotonicMs() + delayMs, run })
    this.#host.clock.after(Math.max(1, delayMs), () => this.#run(dialled, queue))
  }

  /** Does the actions in `queue` that are due, in order. */
  #run(dialled: Dialled, queue: Due[]): void {
    while (queue.length > 0 && !dialled.isOver && !this.#isHeld(dialled.to, queue === dialled.outgoing)) {
      const leftMs = queue[0]!.atMs - this.#host.clock.monotonicMs()
      if (leftMs > 0) {
        this.#host.clock.after(leftMs, () => this.#run(dialled, queue))
        return
      }
      queue.shift()!.run()
    }
  }

  #break(dialled: Dialled, reason: string): void {
    if (dialled.isOver) return
    if (dialled.real !== 0) this.#host.network.reset(dialled.real)
    this.#finish(dialled, reason)
  }

  #finish(dialled: Dialled, reason: string): void {
    if (dialled.isOver) return
    dialled.isOver = true
    this.#host.clock.cancel(dialled.limit)
    dialled.outgoing = []
    dialled.incoming = []
    this.#dialled.delete(dialled.id)
    dialled.handler.onClosed(dialled.id, reason)
  }

  #isHeld(to: string, isOutgoing: boolean): boolean {
    for (const fault of this.#active()) {
      if (fault.kind === 'link' && fault.hold === true && this.#concerns(fault, to, isOutgoing)) return true
      if (fault.kind === 'partition' && fault.held === 'keep' && separates(fault, this.#host.name, to)) return true
    }
    return false
  }

  #isCut(to: string): boolean {
    for (const fault of this.#active()) {
      if (fault.kind === 'partition' && fault.held === 'reset' && separates(fault, this.#host.name, to)) return true
    }
    return false
  }

  #refuses(to: string): boolean {
    for (const fault of this.#active()) {
      if (fault.kind === 'link' && fault.refuse === true && this.#concerns(fault, to, true)) return true
    }
    return false
  }

  #delayMs(to: string, isOutgoing: boolean): number {
    let delay = 0
    for (const fault of this.#active()) {
      if (fault.kind === 'link' && this.#concerns(fault, to, isOutgoing)) delay += fault.delayMs ?? 0
    }
    return delay
  }

  #concerns(fault: Fault & { kind: 'link' }, to: string, isOutgoing: boolean): boolean {
    const own = this.#host.name
    const isForward = fault.from === own && fault.to === to
    const isBackward = fault.from === to && fault.to === own
    if (!fault.oneWay) return isForward || isBackward
    return isOutgoing ? isForward : isBackward
  }
}

function separates(fault: Fault & { kind: 'partition' }, a: string, b: string): boolean {
  const [left, right] = fault.between
  return a !== b && ((left.includes(a) && right.includes(b)) || (left.includes(b) && right.includes(a)))
}
