/**
 * A hop waits until all promises have settled that can settle without another turn of the real event loop. A turn waits for
 * the next turn of the real event loop.
 *
 * The simulator waits for a hop after program code that may have created promises, and after the end of a wait of the
 * script. The simulator waits for a turn while the script awaits something that is not of its cluster, such as a file.
 *
 * | platform     | hop                                                     | duration |
 * | ------------ | ------------------------------------------------------- | -------- |
 * | Node         | `process.nextTick`, and sometimes a turn (`HOPS_PER_TURN`) | 0.5 µs |
 * | page, worker | a turn, with a `MessageChannel`                         | 10 µs    |
 *
 * A turn takes 1.5 µs in Node. A timer would take 4 ms in a page. When the simulator runs inside QuickJS, the program that
 * owns the QuickJS runtime passes another function as the hop, which runs the pending jobs.
 */
export type Hop = () => Promise<void>

/**
 * In Node, one of this many hops is a turn. Without these turns, the sockets, files and timers of the process would have to
 * wait until the end of a long run.
 */
const HOPS_PER_TURN = 64

/** Returns the fastest hop of this platform. */
export function platformHop(): Hop {
  const turn = platformTurn()
  if (typeof process !== 'object' || typeof process.nextTick !== 'function') return turn
  let hops = 0
  return () => (++hops % HOPS_PER_TURN === 0 ? turn() : new Promise((resolve) => process.nextTick(resolve)))
}

/** Returns the fastest turn of this platform. */
export function platformTurn(): Hop {
  if (typeof setImmediate === 'function') return () => new Promise((resolve) => setImmediate(resolve))
  const channel = new MessageChannel()
  const waiting: (() => void)[] = []
  channel.port1.onmessage = () => waiting.shift()?.()
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve)
      channel.port2.postMessage(0)
    })
}
