/** Does to a lab's cluster what the learner asks for, in every runtime alike. */
import type { Cluster } from '../../reference/host/cluster.ts'
import type { LabAction } from './runtime.ts'

export interface ActedOn {
  readonly cluster: Cluster
  /** Every node ever started. */
  readonly names: Iterable<string>
  /** The cuts that are in force; `heal` empties the list. */
  readonly cuts: { heal(): Promise<void> }[]
  /** Returns the name of a running node of the program `admin`; throws a sentence when there is none. */
  readonly admin: () => string
}

/** Resolves with the sentence or the output to show; rejects with an Error and one sentence. */
export async function doAction({ cluster, names, cuts, admin }: ActedOn, action: LabAction): Promise<string> {
  switch (action.do) {
    case 'kill':
      await cluster.kill(action.node)
      return `${action.node} was killed.`
    case 'powercut':
      await cluster.powerCut(action.node)
      return `${action.node} lost its power: what was not synced is gone.`
    case 'stop':
      await cluster.stop(action.node)
      return `${action.node} has stopped.`
    case 'restart':
      if (cluster.isRunning(action.node)) await cluster.stop(action.node)
      await cluster.restart(action.node)
      return `${action.node} is running again.`
    case 'cut': {
      const others = [...names].filter((name) => name !== action.node)
      cuts.push(await cluster.inject({ kind: 'partition', between: [[action.node], others], held: 'keep' }))
      return `${action.node} is cut off from all others.`
    }
    case 'heal':
      await Promise.all(cuts.splice(0).map((cut) => cut.heal()))
      return 'All cuts are healed.'
    case 'send': {
      const { topic, key, body } = action
      const sent = await cluster.produce(action.node, { topic, key, body })
      if (sent.status === 'FAILED') throw new Error(`${key} was not taken: ${sent.error}`)
      return `${key}: ${sent.status}, ${sent.brokerName} queue ${sent.queueId} offset ${sent.queueOffset}`
    }
    case 'admin':
      return cluster.admin(admin(), action.command)
  }
}
