/** Who takes part where the shop of chapter 1 calls the billing itself, and how both are started. */
import type { Cluster } from '#reference/host/cluster.ts'
import type { FigureSource, Replacement } from '#site/figures/kit/types.ts'
import { start, until } from '#site/figures/shop.ts'

export const CAST: FigureSource['cast'] = [
  { name: 'shop', role: 'producer' },
  { name: 'billing', role: 'consumer', group: 'billing' },
]

/** The program of both. */
export const INSTEAD: readonly Replacement[] = [
  {
    replaces: 'reference/client/apps/producer.ts',
    by: 'site/chapters/01-roles/naive/telephone.ts',
    says: 'the shop calls the billing itself, and no message queue stands between the two.',
  },
]

/** Starts the billing and the shop, and waits until 1 s. `settings` are arguments of the shop. */
export async function open(cluster: Cluster, settings: readonly string[] = []): Promise<void> {
  cluster.onHanded('charge', () => JSON.stringify({ status: 'charged' }))
  start(cluster, 'billing', 'producer', ['plays=billing', 'listen=billing:7000'])
  await until(cluster, 200)
  start(cluster, 'shop', 'producer', ['plays=shop', 'billing=billing:7000', ...settings])
  await until(cluster, 1_000)
}
