/**
 * The shapes of a cluster that `mq cluster --shape` starts, with one line about the promise of each shape.
 *
 * | shape         | nodes for each broker name         | what it shows                                    |
 * | ------------- | ---------------------------------- | ------------------------------------------------ |
 * | single        | one master                          | the smallest cluster                             |
 * | multi-master  | one master; several broker names     | sends go on when one broker is down              |
 * | async-slaves  | a master and a slave                 | a slave copies each message a little later       |
 * | sync-slaves   | a master and a slave                 | an answer waits for the slave                    |
 * | controller    | two replicas, and one controller for all | a slave becomes the master without an operator          |
 */

/** The name of a shape. */
export type Shape = 'single' | 'multi-master' | 'async-slaves' | 'sync-slaves' | 'controller'

/** All shapes, with the promise of each shape. */
export const SHAPES: Readonly<Record<Shape, string>> = {
  single: 'one broker: while it is down, nothing can be sent or consumed',
  'multi-master': 'several masters: while one is down, sends go to the others, and its messages wait for it',
  'async-slaves':
    'a slave for each master: what the slave has not copied yet is missing while the master is down, and lost with its disk',
  'sync-slaves':
    'a slave for each master: an acknowledged message is on both, but nobody takes the place of a dead master',
  controller:
    'two replicas under a controller: an acknowledged message is on both, and when one dies the other becomes the master; with one replica left, sends are refused until the other is back',
}

/** A broker of a shape. */
export interface ShapedBroker {
  /** The name of the node, and of its directory. */
  readonly name: string
  readonly settings: ReadonlyMap<string, string>
}

/** Returns the brokers of a shape that has `count` broker names. `controllerAddr` is used by the shape `controller`. */
export function brokersOf(shape: Shape, count: number, controllerAddr: string): readonly ShapedBroker[] {
  return Array.from({ length: count }, (_, i) => `broker-${'abcdefgh'[i]}`).flatMap((brokerName) => {
    const one = (name: string, settings: Readonly<Record<string, string>> = {}): ShapedBroker => ({
      name,
      settings: new Map(Object.entries({ brokerName, ...settings })),
    })
    if (shape === 'single' || shape === 'multi-master') return [one(brokerName)]
    if (shape === 'controller') {
      const settings = {
        enableControllerMode: 'true',
        controllerAddr,
        allAckInSyncStateSet: 'true',
        minInSyncReplicas: '2',
      }
      return [one(`${brokerName}-1`, settings), one(`${brokerName}-2`, settings)]
    }
    const master =
      shape === 'async-slaves' ? { brokerRole: 'ASYNC_MASTER' } : { brokerRole: 'SYNC_MASTER', inSyncReplicas: '2' }
    return [one(brokerName, master), one(`${brokerName}-slave`, { brokerRole: 'SLAVE', brokerId: '1' })]
  })
}
