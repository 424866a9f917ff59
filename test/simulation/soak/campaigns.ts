/** All campaigns that the soak runs. */
import type { Campaign } from './campaign.ts'
import { clusterCampaign } from './cluster/cluster-campaign.ts'
import { delivery } from './delivery/delivery-mechanism.ts'
import { flow } from './flow/flow-mechanism.ts'
import { decoderCampaign } from './fuzz/decoders.ts'
import { serverCampaign } from './fuzz/servers.ts'
import { onBadMachines } from './mechanism/bad-machines.ts'
import { onFailingDisks } from './mechanism/failing-disks.ts'
import type { Mechanism } from './mechanism/mechanism.ts'
import { mechanismCampaign } from './mechanism/run-mechanism.ts'
import { operators } from './operator/operator-mechanism.ts'
import { order } from './order/order-mechanism.ts'
import { pops, slowPops } from './pop/pop-mechanism.ts'
import { controllers } from './raft/raft-mechanism.ts'
import { rebalance } from './rebalance/rebalance-mechanism.ts'
import { failover } from './replicas/failover-mechanism.ts'
import { replicas, unplugged } from './replicas/replicas-mechanism.ts'
import { slaves } from './replicas/slaves-mechanism.ts'
import { stores } from './replicas/stores-mechanism.ts'
import { retention } from './retention/retention-mechanism.ts'
import { retry } from './retry/retry-mechanism.ts'
import { routesCampaign } from './routes/routes-campaign.ts'
import { storeCampaign } from './store/store-campaign.ts'
import { timers } from './timer/timer-mechanism.ts'
import { transactions } from './transaction/transaction-mechanism.ts'

/** Mechanisms of whole clusters, each with its work and its promises. */
export const MECHANISMS: readonly Mechanism[] = [
  transactions,
  timers,
  delivery,
  retry,
  order,
  rebalance,
  flow,
  operators,
  pops,
  slowPops,
  controllers,
  replicas,
  stores,
  unplugged,
  failover,
  slaves,
  onFailingDisks(transactions),
  onFailingDisks(timers),
  onFailingDisks(delivery),
  onFailingDisks(pops),
  onBadMachines(transactions),
  onBadMachines(timers),
  onBadMachines(delivery),
  retention,
] as never

/** Each draws its work and its faults from a seed. */
export const CAMPAIGNS: readonly Campaign[] = [
  storeCampaign(),
  clusterCampaign(),
  ...MECHANISMS.map((mechanism) => mechanismCampaign(mechanism)),
  routesCampaign(),
  decoderCampaign(),
  serverCampaign(),
]
