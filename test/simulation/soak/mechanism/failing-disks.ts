/** A mechanism on brokers whose disks fail and are mended: what waits there is read from timers, and no timer may throw. */
import type { Mechanism, Setup } from './mechanism.ts'

/** The same work, the same promises; the disks of the brokers fail. Its seeds are its own. */
export function onFailingDisks<S extends Setup, Op extends { readonly op: string }>(
  mechanism: Mechanism<S, Op>,
): Mechanism<S, Op> {
  const about = `the work of ${mechanism.name} on disks that cannot be read or are full, and are mended`
  return { ...mechanism, name: `${mechanism.name}-disk`, about, faults: ['badDisk', 'badDisk', 'kill', 'link'] }
}
