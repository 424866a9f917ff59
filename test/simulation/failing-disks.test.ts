/**
 * Disks of brokers that cannot be read or are full, the first seeds of the four `npm run soak -- --campaign …-disk`. What
 * waits on a broker is read from timers: no timer may throw, and nothing that was answered may be forgotten.
 */
import { expect, it } from 'vitest'
import { delivery } from './soak/delivery/delivery-mechanism.ts'
import { onFailingDisks } from './soak/mechanism/failing-disks.ts'
import type { Mechanism, Setup } from './soak/mechanism/mechanism.ts'
import { drawScript, runMechanism } from './soak/mechanism/run-mechanism.ts'
import { pops } from './soak/pop/pop-mechanism.ts'
import { timers } from './soak/timer/timer-mechanism.ts'
import { transactions } from './soak/transaction/transaction-mechanism.ts'

function holds<S extends Setup, Op extends { readonly op: string }>(
  mechanism: Mechanism<S, Op>,
  seeds: readonly number[],
): void {
  const failing = onFailingDisks(mechanism)
  it(`${failing.name}, ${seeds.length} seeds`, async () => {
    for (const seed of seeds) {
      const { violation } = await runMechanism(failing, drawScript(failing, seed))
      expect(violation?.message, `npm run soak -- --campaign ${failing.name} --seed ${seed} --seeds 1`).toBeUndefined()
    }
  })
}

// 35: a recall whose write failed was answered with success
holds(timers, [1, 2, 3, 4, 35])
holds(pops, [1, 2, 3, 4])
holds(transactions, [1, 2, 3, 4])
holds(delivery, [1, 2, 3, 4])
