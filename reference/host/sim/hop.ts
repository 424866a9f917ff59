/**
 * One hop to the next turn of the real event loop: when it resolves, every promise that could settle has settled.
 *
 * The simulator hops after program code that may have left promises, and after a script's wait ended. In Node that is
 * `setImmediate` (about 1 µs), in a page or worker a `MessageChannel` (about 10 µs; timers would cost 4 ms). Inside
 * QuickJS the owner of the runtime passes another hop, which runs the pending jobs.
 */
export type Hop = () => Promise<void>

/** The quickest hop this platform has. */
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
