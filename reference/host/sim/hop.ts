/**
 * A hop is a wait for the next turn of the real event loop. When a hop resolves, every promise that could settle has
 * settled.
 *
 * The simulator waits for a hop after program code that may have created promises, and after a wait of the script has ended.
 * In Node, a hop uses `setImmediate` and takes about 1 µs. In a page or worker, it uses a `MessageChannel` and takes about
 * 10 µs; a timer would take 4 ms. Inside QuickJS, the owner of the runtime passes another hop, which runs the pending jobs.
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
