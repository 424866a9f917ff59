/**
 * The scenarios of the lab "Elect": three replicas, a controller whose election is the learner's, and nights in which a wrong choice
 * costs orders that were answered SEND_OK.
 *
 * The learner's file runs on the controller alone. Judged is what the billing is handed.
 */
import { ScenarioFailure } from '../../reference/host/cluster.ts'
import type { SentMessage } from '../judge/evidence.ts'
import type { CheckContext, Draw, Variant } from '../lab.ts'
import {
  cutOff,
  drawReplicas,
  expectBilled,
  replica,
  sellAllFrom,
  sellFrom,
  startBilling,
  startGroup,
  startShop,
  trySelling,
} from '../replicas.ts'

export const CODE = 'elect-policy.ts'

/** An answer waits for every member of the in-sync set. */
const ALL = ['allAckInSyncStateSet=true'] as const
/** Replica 2 is preferred among equals, so it is the next master when replica 1 is gone. */
const NEXT = 2
const PREFERRED = { 2: ['brokerElectionPriority=1'], 3: ['brokerElectionPriority=9'] } as const
/** Each heartbeat has told how far a replica is after this time. */
const TOLD_MS = 2_500
/** A replica that was started again, or a network that is whole again: the group is in order after this time. */
const SETTLE_MS = 12_000

export function variant(draw: Draw): Variant {
  return {
    ...drawReplicas(draw, 3),
    before: 2 + draw('before', 3),
    answered: 2 + draw('answered', 3),
    tail: 8 + draw('tail', 5),
  }
}

const count = ({ variant }: CheckContext, name: string) => Number(variant[name])

/** The machine of a replica. */
const name = ({ variant }: CheckContext, id: number) => replica(variant, id)

/**
 * Replica 1 is cut off with the shop and appends orders that are answered to nobody. On the other side replica 2 becomes the
 * master and answers some. Returns what was answered; between replica 1 and the others nothing passes until `heal`.
 */
async function oldTail(context: CheckContext, settings: readonly string[]) {
  const { cluster } = context
  await startGroup(context, { replicas: [...ALL, ...settings], of: PREFERRED })
  return afterStart(context, cluster)
}

async function afterStart(context: CheckContext, cluster: CheckContext['cluster']) {
  const sent = [...(await sellAllFrom(context, 'shop', 'before', count(context, 'before')))]
  await cluster.sleep(TOLD_MS)
  const alone = await cutOff(context, [name(context, 1), 'shop'])
  cluster.step(`${name(context, 1)} and the shop are cut off; the shop goes on asking`)
  await trySelling(context, 'shop', 'tail', count(context, 'tail'))
  await startShop(context, 'kiosk')
  await cluster.sleep(4_000)
  sent.push(...(await sellAllFrom(context, 'kiosk', 'answered', count(context, 'answered'))))
  return { sent, alone }
}

/** Another shop, which asks for the route, must find a master. */
async function sellsAgain(context: CheckContext, shop: string, when: string): Promise<SentMessage> {
  await startShop(context, shop)
  const one = await sellFrom(context, shop, `${shop}-1`)
  if (one.status !== 'SEND_OK')
    throw new ScenarioFailure(`${when}, nobody takes ${one.key}: ${one.error || one.status}`)
  return one
}

/** A replica outside the set has the longest log, and the master dies. */
export async function theLongTail(context: CheckContext): Promise<void> {
  const { cluster } = context
  const { sent, alone } = await oldTail(context, ['minInSyncReplicas=2'])
  const master = NEXT
  const others = [2, 3].map((id) => name(context, id))
  const between = await cluster.inject({ kind: 'partition', between: [[name(context, 1)], others], held: 'reset' })
  await alone.heal()
  await cluster.sleep(7_000)
  await cluster.kill(name(context, master))
  cluster.step(`${name(context, master)} dies; the controller hears ${name(context, 1)} again, and the third replica`)
  await cluster.sleep(3_000)
  await between.heal()
  await cluster.sleep(SETTLE_MS)
  await startBilling(context)
  await expectBilled(context, sent, `${name(context, master)} died`)
}

/** Two replicas are in the set, and one of them is behind: an answer waits for one slave alone. */
export async function whoHasMost(context: CheckContext): Promise<void> {
  const { cluster } = context
  await startGroup(context, {
    replicas: ['inSyncReplicas=2'],
    of: PREFERRED,
  })
  const sent = [...(await sellAllFrom(context, 'shop', 'before', count(context, 'before')))]
  await cluster.inject({ kind: 'link', from: name(context, 1), to: name(context, 2), hold: true, oneWay: true })
  cluster.step(`nothing passes from ${name(context, 1)} to ${name(context, 2)}; ${name(context, 3)} copies`)
  sent.push(...(await sellAllFrom(context, 'shop', 'answered', count(context, 'answered'))))
  await cluster.sleep(TOLD_MS)
  await cluster.powerCut(name(context, 1))
  await cluster.sleep(SETTLE_MS)
  sent.push(await sellsAgain(context, 'kiosk', `${name(context, 1)} is dead`))
  await startBilling(context)
  await expectBilled(context, sent, `${name(context, 1)} died, and two replicas of the in-sync set were alive`)
}

/** The only member of the set dies; it is back after a while. */
export async function nobodyElse(context: CheckContext): Promise<void> {
  const { cluster } = context
  await startGroup(context, { replicas: ALL })
  const sent = [...(await sellAllFrom(context, 'shop', 'before', count(context, 'before')))]
  await cluster.kill(name(context, 2))
  await cluster.kill(name(context, 3))
  cluster.step(`${name(context, 2)} and ${name(context, 3)} are dead, and leave the in-sync set`)
  await cluster.sleep(SETTLE_MS)
  sent.push(...(await sellAllFrom(context, 'shop', 'answered', count(context, 'answered'))))
  await cluster.kill(name(context, 1))
  await cluster.restart(name(context, 2))
  await cluster.restart(name(context, 3))
  cluster.step(`${name(context, 1)} is dead; the other two are back, and neither is in the set`)
  await cluster.sleep(SETTLE_MS)
  await cluster.restart(name(context, 1))
  await cluster.sleep(SETTLE_MS)
  await startBilling(context)
  await expectBilled(
    context,
    sent,
    `${name(context, 1)} was away for ${SETTLE_MS / 1_000} s, and it alone was in the in-sync set`,
  )
}

/** Unclean elections are allowed, and no member of the set is alive: of the others, the later epoch counts. */
export async function betterThanNobody(context: CheckContext): Promise<void> {
  const { cluster } = context
  await startGroup(context, { replicas: ALL, controller: ['enableElectUncleanMaster=true'], of: PREFERRED })
  const { sent, alone } = await afterStart(context, cluster)
  const [master, third] = [NEXT, 3]
  const both = [2, 3].map((id) => name(context, id))
  await cluster.inject({ kind: 'partition', between: [[name(context, 1)], both], held: 'reset' })
  await alone.heal()
  await cluster.inject({ kind: 'partition', between: [[name(context, 2)], [name(context, 3)]], held: 'reset' })
  cluster.step(`the replicas do not hear each other; ${name(context, master)} is the only member of the set`)
  await cluster.sleep(7_000)
  await cluster.powerCut(name(context, master))
  await cluster.sleep(SETTLE_MS)
  const one = await sellsAgain(
    context,
    'van',
    `enableElectUncleanMaster is true, no member of the set is alive, and ${name(context, third)} and ${name(context, 1)} are`,
  )
  await startBilling(context)
  await expectBilled(
    context,
    [...sent, one],
    `no member of the set was alive; ${name(context, third)} has what was answered in the last epoch`,
  )
}

/** A master that is alive stays, whoever comes and goes. */
export async function noChange(context: CheckContext): Promise<void> {
  const { cluster } = context
  await startGroup(context, { replicas: [...ALL, 'minInSyncReplicas=2'], of: { 3: ['brokerElectionPriority=1'] } })
  const sent = [...(await sellAllFrom(context, 'shop', 'before', count(context, 'before')))]
  await cluster.kill(name(context, 3))
  await cluster.sleep(2_000)
  sent.push(...(await sellAllFrom(context, 'shop', 'answered', count(context, 'answered'))))
  await cluster.restart(name(context, 3))
  await cluster.sleep(SETTLE_MS)
  sent.push(await sellFrom(context, 'shop', 'later-1'))
  const last = sent.at(-1)!
  if (last.status !== 'SEND_OK')
    throw new ScenarioFailure(`the master was never away, and ${last.key} was not taken: ${last.error || last.status}`)
  await cluster.kill(name(context, 1))
  await cluster.sleep(SETTLE_MS)
  sent.push(await sellsAgain(context, 'kiosk', `${name(context, 1)} is dead, and two members of the set are alive`))
  await startBilling(context)
  await expectBilled(context, sent, `${name(context, 3)} was away and came back, and then ${name(context, 1)} died`)
}

/** What the learner sees when the lab opens: a long tail, a dead master, and an election. */
export async function demo(context: CheckContext): Promise<void> {
  const { cluster } = context
  const { alone } = await oldTail(context, ['minInSyncReplicas=2'])
  const master = NEXT
  const others = [2, 3].map((id) => name(context, id))
  const between = await cluster.inject({ kind: 'partition', between: [[name(context, 1)], others], held: 'reset' })
  await alone.heal()
  cluster.step(`the controller hears ${name(context, 1)} again`)
  await cluster.sleep(7_000)
  await cluster.kill(name(context, master))
  cluster.step(`${name(context, master)} dies`)
  await cluster.sleep(3_000)
  await between.heal()
  await cluster.restart(name(context, master)).catch(() => {})
  await cluster.sleep(SETTLE_MS)
  await startBilling(context)
  await cluster.sleep(8_000)
}
