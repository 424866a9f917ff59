/** All campaigns that the soak runs. */
import type { Campaign } from './campaign.ts'
import { clusterCampaign } from './cluster/cluster-campaign.ts'
import { delivery } from './delivery/delivery-mechanism.ts'
import { flow } from './flow/flow-mechanism.ts'
import { decoderCampaign } from './fuzz/decoders.ts'
import { serverCampaign } from './fuzz/servers.ts'
import { onBadMachines } from './mechanism/bad-machines.ts'
import { onFailingDisks } from './mechanism/failing-disks.ts'
import { mechanismCampaign } from './mechanism/run-mechanism.ts'
import { operators } from './operator/operator-mechanism.ts'
import { order } from './order/order-mechanism.ts'
import { pops } from './pop/pop-mechanism.ts'
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

/** Each draws its work and its faults from a seed. */
export const CAMPAIGNS: readonly Campaign[] = [
  storeCampaign(),
  clusterCampaign(),
  mechanismCampaign(transactions),
  mechanismCampaign(timers),
  mechanismCampaign(delivery),
  mechanismCampaign(retry),
  mechanismCampaign(order),
  mechanismCampaign(rebalance),
  mechanismCampaign(flow),
  mechanismCampaign(operators),
  mechanismCampaign(pops),
  mechanismCampaign(controllers),
  mechanismCampaign(replicas),
  mechanismCampaign(stores),
  mechanismCampaign(unplugged),
  mechanismCampaign(failover),
  mechanismCampaign(slaves),
  mechanismCampaign(onFailingDisks(transactions)),
  mechanismCampaign(onFailingDisks(timers)),
  mechanismCampaign(onFailingDisks(delivery)),
  mechanismCampaign(onFailingDisks(pops)),
  mechanismCampaign(onBadMachines(transactions)),
  mechanismCampaign(onBadMachines(timers)),
  mechanismCampaign(onBadMachines(delivery)),
  mechanismCampaign(retention),
  routesCampaign(),
  decoderCampaign(),
  serverCampaign(),
]
