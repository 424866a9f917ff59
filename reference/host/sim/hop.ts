/**
 * A hop is a wait for the next turn of the real event loop. When a hop resolves, all promises that can settle without
 * another turn have settled.
 *
 * The simulator waits for a hop after program code that may have created promises, and after the end of a wait of the
 * script. In Node, a hop uses `setImmediate` and takes about 1 µs. In a page or worker, a hop uses a `MessageChannel` and
 * takes about 10 µs. A timer would take 4 ms. When the simulator runs inside QuickJS, the program that owns the QuickJS
 * runtime passes another function as the hop, which runs the pending jobs.
 */
export type Hop = () => Promise<void>

/** Returns the fastest hop of this platform. */
export function platformHop(): Hop {
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
