/** What chapter 18 claims about its runs, and the numbers it prints from them. */
import { type Claims, when } from '#site/lib/claim.ts'
import type { Values } from '#site/lib/value.ts'
import {
  answerOf,
  begins,
  billed,
  committed,
  cuts,
  type Events,
  elected,
  end,
  isOk,
  keyIn,
  lastSent,
  leaderAt,
  of,
  okKeys,
  outage,
  recordOf,
  roles,
  second,
  step,
  stopped,
} from './events.ts'
import { AFTER, BEFORE, TWELVE } from './figures/cut.ts'
import { CONTROLLERS } from './figures/raft.ts'
import { LATER } from './figures/reader.ts'
import { ANSWERED, TAIL } from './figures/set.ts'
import { EACH } from './figures/watchdog.ts'

const keys = (first: number, count: number) => Array.from({ length: count }, (_, i) => `order-${first + i}`)
/** The order of each part of the figure `cut`: those before the cut, the twelve, and those of the kiosk. */
const THE_TWELVE = keys(BEFORE + 1, TWELVE)
const OF_KIOSK = keys(BEFORE + TWELVE + 1, AFTER)
/** What the kiosk sells in the figure `reader` when all is over. */
const SOLD_LATER = keys(BEFORE + TWELVE + AFTER + 1, LATER)

export const claims: Claims = {
  'one-place-two-orders': {
    figure: 'watchdog',
    always: true,
    pane: 'logs',
    shownBy: (events) => {
      const [old, other] = [recordOf(events, 'a', `order-${EACH + 1}`), recordOf(events, 'b', `order-${2 * EACH + 1}`)]
      const isOne = old !== undefined && old.queueOffset === other?.queueOffset
      return when(isOne && old.physicalOffset === other.physicalOffset, [old, other])
    },
  },
  'answered-and-never-billed': {
    figure: 'watchdog',
    always: true,
    pane: 'wound',
    shownBy: (events) => {
      const sold = okKeys(events)
      const lost = sold.filter((key) => billed(events, key).length === 0)
      return when(sold.length === 3 * EACH && lost.length === EACH && end(events) !== undefined, [end(events)])
    },
  },
  'elected-in-a-moment': {
    figure: 'election',
    always: true,
    pane: 'steps',
    shownBy: (events) => {
      const [dark, one] = [stopped(events, 'a'), second(events)]
      const [master] = roles(events, 'b', 'master')
      const isQuick = dark !== undefined && one !== undefined && one.atMs - dark.atMs < 100
      const began = begins(events, 'b', 2)
      const isMaster = isQuick && one.brokerId === 2 && master !== undefined
      return when(isMaster && began !== undefined && began.atMs - dark.atMs < 200, [one, master, began])
    },
  },
  'the-shop-is-last': {
    figure: 'failover',
    always: true,
    pane: 'lanes',
    shownBy: (events) => {
      const { bad, good } = outage(events)
      const route = of(events, 'route.updated').find((e) => e.node === 'shop' && e.n > (bad?.n ?? 0))
      const isLate = bad !== undefined && good !== undefined && good.atMs - bad.atMs > 10_000
      return when(isLate && route !== undefined && route.n < good.n, [bad, route, good])
    },
  },
  'silence-takes-longer': {
    figure: 'frozen',
    always: true,
    pane: 'frozen',
    shownBy: (events) => {
      const [still] = of(events, 'fault.began')
      const one = second(events)
      const waitedMs = (one?.atMs ?? 0) - (still?.atMs ?? 0)
      return when(waitedMs >= 9_000 && waitedMs <= 16_000, [one])
    },
  },
  'fenced-at-the-route': {
    figure: 'frozen',
    always: true,
    pane: 'frozen',
    shownBy: (events) => {
      const [fenced] = of(events, 'route.fenced')
      const [slave] = roles(events, 'a', 'slave')
      const isSlave = fenced !== undefined && slave !== undefined && slave.n > fenced.n
      const asked = step(events, 'The shop has asked')
      const isNamed = of(events, 'route.registered').some(
        (e) => e.brokerId === 0 && e.address.startsWith('a:') && e.n > (fenced?.n ?? 0),
      )
      return when(isSlave && !isNamed && asked !== undefined && asked.n > slave.n, [fenced, slave, asked])
    },
  },
  'elected-long-before': {
    figure: 'frozen',
    always: true,
    pane: 'frozen',
    shownBy: (events) => {
      const one = second(events)
      const route = of(events, 'route.updated').find((e) => e.node === 'shop' && e.n > (one?.n ?? 0))
      const isLate = one !== undefined && route !== undefined && route.atMs - one.atMs > 5_000
      return when(isLate, [one, route, outage(events).good])
    },
  },
  'twelve-are-cut': {
    figure: 'cut',
    always: true,
    pane: 'fork',
    shownBy: (events) => {
      const [cutOff] = cuts(events, 'a')
      const first = recordOf(events, 'a', THE_TWELVE[0]!)
      const isCut = cutOff !== undefined && cutOff.physicalOffset === first?.physicalOffset
      const isSold = THE_TWELVE.every((key) => isOk(events, key) && billed(events, key).length === 0)
      return when(isCut && isSold && OF_KIOSK.every((key) => billed(events, key).length === 1), [cutOff, end(events)])
    },
  },
  'cut-at-the-epoch': {
    figure: 'cut',
    always: true,
    pane: 'fork',
    shownBy: (events) => {
      const [began, cutOff] = [begins(events, 'b', 2), cuts(events, 'a')[0]]
      return when(began !== undefined && began.physicalOffset === cutOff?.physicalOffset, [began, cutOff])
    },
  },
  'billed-and-forgotten': {
    figure: 'reader',
    always: true,
    pane: 'reader',
    shownBy: (events) => {
      const [cutOff] = cuts(events, 'a')
      const isCut =
        cutOff !== undefined && cutOff.physicalOffset === recordOf(events, 'a', THE_TWELVE[0]!)?.physicalOffset
      const isBilled = [...THE_TWELVE, ...SOLD_LATER].every((key) => billed(events, key).length === 1)
      const isMissed = OF_KIOSK.every((key) => isOk(events, key) && billed(events, key).length === 0)
      return when(isCut && isBilled && isMissed, [cutOff, committed(events, 'b')[0], end(events)])
    },
  },
  'billed-nothing-cut': {
    figure: 'reader-safe',
    always: true,
    pane: 'safely',
    shownBy: (events) => {
      const [cutOff] = cuts(events, 'a')
      const isUnseen = THE_TWELVE.every((key) => !isOk(events, key) && billed(events, key).length === 0)
      const isKept = okKeys(events).every((key) => billed(events, key).length === 1)
      const isSold = SOLD_LATER.every((key) => isOk(events, key))
      return when(cutOff !== undefined && isUnseen && isKept && isSold, [cutOff, end(events)])
    },
  },
  'nothing-answered-is-cut': {
    figure: 'safe',
    always: true,
    pane: 'tail',
    shownBy: (events) => {
      const isRefused = THE_TWELVE.every((key) => answerOf(events, key) !== undefined && !isOk(events, key))
      const isKept = okKeys(events).every((key) => billed(events, key).length === 1)
      const [cutOff] = cuts(events, 'a')
      return when(isRefused && isKept && okKeys(events).length >= BEFORE && cutOff !== undefined, [cutOff, end(events)])
    },
  },
  'one-is-not-two': {
    figure: 'safe',
    always: true,
    pane: 'tail',
    shownBy: (events) => {
      const [master] = roles(events, 'b', 'master')
      const isRefused = OF_KIOSK.every((key) => answerOf(events, key) !== undefined && !isOk(events, key))
      return when(isRefused, [master, lastSent(events, OF_KIOSK)])
    },
  },
  'not-handed-out': {
    figure: 'safe',
    always: true,
    pane: 'tail',
    shownBy: (events) => {
      const first = recordOf(events, 'a', THE_TWELVE[0]!)
      const behind = of(events, 'entry.dispatched').filter(
        (e) =>
          e.node === 'a' &&
          e.topic === 'Orders' &&
          e.n > (first?.n ?? 0) &&
          e.physicalOffset >= (first?.physicalOffset ?? 0),
      )
      const healed = of(events, 'fault.healed')[0]
      const early = behind.filter(({ n }) => n < (healed?.n ?? 0))
      const all = THE_TWELVE.every((key) => recordOf(events, 'a', key) !== undefined)
      return when(all && early.length === 0, [healed])
    },
  },
  'longest-loses-answers': {
    figure: 'longest',
    always: true,
    pane: 'longest',
    shownBy: (events) => {
      const one = elected(events).find(({ masterEpoch, brokerId }) => masterEpoch === 3 && brokerId === 1)
      const [cutOff] = cuts(events, 'b')
      const isLost = ANSWERED.every((key) => isOk(events, key) && billed(events, key).length === 0)
      const isBilled = TAIL.every((key) => !isOk(events, key) && billed(events, key).length === 1)
      return when(one !== undefined && isLost && isBilled && cutOff !== undefined, [one, cutOff, end(events)])
    },
  },
  'nobody-is-elected': {
    figure: 'set',
    always: true,
    pane: 'nobody',
    shownBy: (events) => {
      const none = of(events, 'master.elected').find(({ brokerId }) => brokerId === 0)
      const isKept = ANSWERED.every((key) => isOk(events, key) && billed(events, key).length === 1)
      const ever = elected(events).every(({ masterEpoch, brokerId }) => masterEpoch < 2 || brokerId === 2)
      const all = okKeys(events).every((key) => billed(events, key).length === 1)
      return when(none !== undefined && isKept && all && ever, [none, end(events)])
    },
  },
  'one-vote-one-leader': {
    figure: 'raft',
    always: true,
    pane: 'votes',
    shownBy: (events) => {
      const votes = of(events, 'vote.cast').map((e) => `${e.node} ${e.term}`)
      const terms = of(events, 'leader.elected').map(({ term }) => term)
      const isOnce = new Set(votes).size === votes.length && new Set(terms).size === terms.length
      const [led] = of(events, 'leader.elected')
      const inTerm = of(events, 'vote.cast').filter(({ term }) => term === led?.term)
      return when(
        isOnce && led !== undefined,
        [led, inTerm.at(-1)].toSorted((a, b) => (a?.n ?? 0) - (b?.n ?? 0)),
      )
    },
  },
  'two-of-three-decide': {
    figure: 'raft',
    always: true,
    pane: 'two',
    shownBy: (events) => {
      const one = second(events)
      const alive = CONTROLLERS.filter((name) => {
        const dead = stopped(events, name)
        return dead === undefined || dead.n > (one?.n ?? 0)
      })
      const command = of(events, 'raft.appended').filter(
        (e) => e.n < (one?.n ?? 0) && e.command.includes('"electMaster"') && e.command.includes('"masterBrokerId":2'),
      )
      return when(one !== undefined && alive.length === 2 && new Set(command.map(({ node }) => node)).size === 2, [one])
    },
  },
  'one-of-three-decides-nothing': {
    figure: 'majority',
    always: true,
    pane: 'one',
    shownBy: (events) => {
      const [from, to] = [step(events, 'One controller of three'), step(events, 'One of the dead controllers')]
      const between = elected(events).filter((e) => e.n > (from?.n ?? 0) && e.n < (to?.n ?? 0))
      const later = elected(events).find((e) => e.n > (to?.n ?? 0) && e.masterEpoch === 3)
      const isLater = later !== undefined && leaderAt(events, later.n) !== ''
      return when(between.length === 0 && isLater, [from, later, step(events, 'The kiosk knows')])
    },
  },
  'sells-without-controllers': {
    figure: 'majority',
    always: true,
    pane: 'one',
    shownBy: (events) => {
      const from = step(events, 'A second controller')
      const to = step(events, 'One controller of three') ?? events.at(-1)
      const sold = of(events, 'app.answered').findLast(
        (e) => e.node === 'kiosk' && e.n > (from?.n ?? 0) && e.n <= (to?.n ?? 0) && e.text.includes('SEND_OK'),
      )
      return when(from !== undefined && sold !== undefined, [from, sold])
    },
  },
  'reads-but-no-sends': {
    figure: 'acting',
    always: true,
    pane: 'acting',
    shownBy: (events) => {
      const [acts] = of(events, 'acting.began')
      const [read] = billed(events, 'order-1')
      const failed = answerOf(events, 'order-3')
      const isRead = acts !== undefined && read !== undefined && read.n > acts.n
      return when(isRead && failed !== undefined && !isOk(events, 'order-3'), [
        acts,
        read,
        lastSent(events, ['order-3']),
      ])
    },
  },
  'due-waits': {
    figure: 'acting',
    always: true,
    pane: 'acting',
    shownBy: (events) => {
      const [late] = billed(events, 'order-2')
      const back = of(events, 'node.started').findLast((e) => e.node === 'a')
      return when(late !== undefined && back !== undefined && late.n > back.n && late.atMs > 17_000, [late])
    },
  },
  'errors-and-all-billed': {
    figure: 'twenty',
    always: true,
    pane: 'twenty',
    shownBy: (events) => {
      const asked = of(events, 'app.called').map((e) => keyIn(e.text))
      const bad = asked.filter((key) => !isOk(events, key))
      const isWell =
        of(events, 'node.stopped').length === 0 && elected(events).every(({ masterEpoch }) => masterEpoch === 1)
      const isBilled = asked.every((key) => billed(events, key).length === 1)
      return when(isWell && isBilled && bad.length > 0 && bad.length < asked.length, [end(events)])
    },
  },
}

const ms = (value: number) => `${Math.round(value).toLocaleString('en')} ms`
const seconds = (value: number) => `${Number((value / 1_000).toFixed(1))} s`

function outageTime(events: Events, shop?: string): string {
  const { bad, good } = outage(events, shop)
  return seconds(good!.atMs - bad!.atMs)
}

export const values: Values = {
  'elected-ms': { figure: 'election', of: (events) => ms(second(events)!.atMs - stopped(events, 'a')!.atMs) },
  'takes-puts-ms': {
    figure: 'election',
    of: (events) => ms(begins(events, 'b', 2)!.atMs - stopped(events, 'a')!.atMs),
  },
  'no-sale': { figure: 'failover', of: (events) => outageTime(events) },
  'frozen-no-sale': { figure: 'frozen', of: (events) => outageTime(events) },
  'gap-no-sale': { figure: 'set', of: (events) => outageTime(events, 'kiosk') },
  'failed-sends': {
    figure: 'failover',
    of: (events) => of(events, 'app.called').filter((e) => !isOk(events, keyIn(e.text))).length,
  },
  'frozen-seconds': {
    figure: 'frozen',
    of: (events) => seconds(second(events)!.atMs - of(events, 'fault.began')[0]!.atMs),
  },
  'frozen-cut': { figure: 'frozen', of: (events) => cuts(events, 'a')[0]!.removedBytes.toLocaleString('en') },
  'fork-at': { figure: 'cut', of: (events) => cuts(events, 'a')[0]!.physicalOffset.toLocaleString('en') },
  'cut-bytes': { figure: 'cut', of: (events) => cuts(events, 'a')[0]!.removedBytes.toLocaleString('en') },
  'offset-beyond': { figure: 'reader', of: (events) => committed(events, 'a').at(-1)!.queueOffset },
  'moved-to': { figure: 'reader', of: (events) => committed(events, 'b')[0]!.queueOffset },
  'learned-after': {
    figure: 'cut',
    of: (events) => seconds(roles(events, 'a', 'slave')[0]!.atMs - of(events, 'fault.healed')[0]!.atMs),
  },
  'no-master-seconds': {
    figure: 'set',
    of: (events) => {
      const none = of(events, 'master.elected').find(({ brokerId }) => brokerId === 0)!
      return seconds(elected(events).find(({ n }) => n > none.n)!.atMs - none.atMs)
    },
  },
  'back-epoch': { figure: 'set', of: (events) => elected(events).at(-1)!.masterEpoch },
  'tail-bytes': { figure: 'set', of: (events) => cuts(events, 'a')[0]!.removedBytes.toLocaleString('en') },
  'leader-ms': { figure: 'raft', of: (events) => ms(of(events, 'leader.elected')[0]!.atMs) },
  'votes-again-ms': {
    figure: 'raft',
    of: (events) => {
      const dead = step(events, 'The process of the leader')!
      return ms(of(events, 'leader.elected').find(({ n }) => n > dead.n)!.atMs - dead.atMs)
    },
  },
  'timed-out': {
    figure: 'twenty',
    of: (events) => of(events, 'app.called').filter((e) => !isOk(events, keyIn(e.text))).length,
  },
  'billed-in-the-end': {
    figure: 'twenty',
    of: (events) => of(events, 'message.consumed').filter(({ status }) => status === 'CONSUME_SUCCESS').length,
  },
}
