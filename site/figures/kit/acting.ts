/** Does an action of the reader to the cluster of a figure. What cannot be done is said in the log, and the run goes on. */
import { type Action, actionWords, targetOf } from './actions.ts'
import type { FigureCluster } from './figure-cluster.ts'
import type { FigureScenario } from './types.ts'

/** Does one action, between two events. Its step in the log begins with "You: ". */
export function act(cluster: FigureCluster, scenario: FigureScenario, action: Action): void {
  cluster.step(`You: ${actionWords(action)}`)
  try {
    doIt(cluster, scenario, action)
  } catch (error) {
    refuse(cluster, error)
  }
}

function doIt(cluster: FigureCluster, scenario: FigureScenario, { does, on }: Action): void {
  const target = targetOf(does, on)
  if (target === undefined) throw new Error(`"${does}:${on}" is not written as an action`)
  const { node, peer, name, value } = target
  const later = (promise: Promise<unknown>) => void promise.catch((error) => refuse(cluster, error))
  switch (does) {
    case 'kill':
      return later(cluster.kill(node))
    case 'powercut':
      return later(cluster.powerCut(node))
    case 'restart':
      return later(cluster.restart(node))
    case 'pause':
      return cluster.begin({ kind: 'pause', node }, [node])
    case 'resume':
      return cluster.end(['pause'], node)
    case 'cut':
      return cluster.cutOff(node)
    case 'slow':
      return cluster.begin({ kind: 'link', from: node, to: peer, delayMs: Number(value) }, [node, peer])
    case 'hold':
      return cluster.begin({ kind: 'link', from: node, to: peer, hold: true, oneWay: true }, [node, peer])
    case 'drop':
      return later(
        cluster.inject({ kind: 'partition', between: [[node], [peer]], held: 'reset' }).then(({ heal }) => heal()),
      )
    case 'slowdisk':
      return cluster.begin({ kind: 'disk', node, fails: 'slowSync', delayMs: Number(value) }, [node])
    case 'fulldisk':
      return cluster.begin({ kind: 'disk', node, fails: 'ENOSPC' }, [node])
    case 'clock':
      return cluster.begin({ kind: 'clock', node, skewMs: Number(value) }, [node])
    case 'remove':
      return void cluster.removeFolder(node, name)
    case 'change':
      return cluster.change(node, name, value)
    case 'heal':
      return cluster.end(['partition', 'link', 'disk'], node)
    case 'send':
      return scenario.send(cluster, name, Number(value))
    case 'set':
      return
  }
}

/** Says why something could not be done. */
function refuse(cluster: FigureCluster, error: unknown): void {
  cluster.step(`That cannot be done: ${error instanceof Error ? error.message : String(error)}`)
}
