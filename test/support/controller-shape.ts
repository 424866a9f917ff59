/** The shape `controller` in a simulation: a NameServer, controllers, and replicas of one broker name. */
import type { Cluster } from '../../reference/host/cluster.ts'
import { SMALL_FILES } from './sim.ts'

export const CONTROLLER_PORT = 9878
const NAMESRV = 'namesrvAddr=namesrv:9876'

/** Starts a NameServer, `controllers` controllers and the replicas `broker-1`, `broker-2`, … of the broker name `pair`. */
export async function startControllerShape(
  cluster: Cluster,
  options: { readonly controllers?: number; readonly replicas?: number; readonly settings?: readonly string[] } = {},
): Promise<void> {
  const { controllers = 1, replicas = 2, settings = [] } = options
  await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
  await startControllers(cluster, controllers)
  for (let i = 1; i <= replicas; i++) {
    await startReplica(cluster, `broker-${i}`, controllers, settings)
    await cluster.sleep(controllers === 1 ? 1_000 : 8_000) // `broker-1` receives the id 1, and so on
  }
}

export async function startControllers(cluster: Cluster, count: number): Promise<void> {
  const names = controllerNames(count)
  const peers = names.map((name, i) => `n${i}-${name}:${CONTROLLER_PORT}`).join(';')
  for (const [i, name] of names.entries()) {
    const own = [`controllerDLegerSelfId=n${i}`, `controllerDLegerPeers=${peers}`, 'controllerDLegerGroup=group1']
    await cluster.start({ name, program: 'controller', args: own })
  }
}

export const controllerNames = (count: number) => Array.from({ length: count }, (_, i) => `controller-${i}`)

/** Starts one replica of the broker name `pair`. */
export function startReplica(
  cluster: Cluster,
  name: string,
  controllers = 1,
  settings: readonly string[] = [],
): Promise<void> {
  const controllerAddr = controllerNames(controllers)
    .map((controller) => `${controller}:${CONTROLLER_PORT}`)
    .join(';')
  const args = [NAMESRV, 'listenPort=10911', 'brokerName=pair', 'enableControllerMode=true', ...SMALL_FILES]
  return cluster.start({ name, program: 'broker', args: [...args, `controllerAddr=${controllerAddr}`, ...settings] })
}
