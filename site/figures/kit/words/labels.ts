/** The short words in the picture itself: what a frame asks, how a node is. */
import { REPORT, TRANSFER } from '../copying.ts'
import type { KeptWhy, SceneBroker, SceneFlight, SceneKept, SceneNode } from '../state.ts'
import type { Role } from '../types.ts'
import { timeOfDay } from './say.ts'

/** Glyphs there are for tags. */
export const TAG_ORDER = 4

export const ROLE_NAMES: Readonly<Record<Role, string>> = {
  namesrv: 'NameServer',
  broker: 'broker',
  slave: 'slave',
  controller: 'controller',
  producer: 'producer',
  consumer: 'consumer',
}

export const NODE_STATES: Readonly<Record<SceneNode['state'], string>> = {
  absent: 'not started',
  starting: 'starting',
  running: 'running',
  stopped: 'stopped',
}

const REQUESTS: Readonly<Record<string, string>> = {
  // a slave copies the tables of its master
  GET_ALL_TOPIC_CONFIG: '',
  GET_ALL_SUBSCRIPTIONGROUP_CONFIG: '',
  GET_ALL_CONSUMER_OFFSET: '',
  GET_ALL_DELAY_OFFSET: '',
  GET_ALL_MESSAGE_REQUEST_MODE: '',
  REGISTER_BROKER: 'register',
  UNREGISTER_BROKER: 'goodbye',
  GET_ROUTEINFO_BY_TOPIC: 'where is Orders?',
  HEART_BEAT: '',
  PULL_MESSAGE: 'pull',
  QUERY_CONSUMER_OFFSET: 'how far?',
  UPDATE_CONSUMER_OFFSET: 'commit',
  GET_CONSUMER_LIST_BY_GROUP: 'who else?',
  NOTIFY_CONSUMER_IDS_CHANGED: 'new member',
  GET_MAX_OFFSET: 'newest offset?',
  CONSUMER_SEND_MSG_BACK: 'give back',
  RAFT_REQUEST_VOTE: 'your vote?',
  RAFT_APPEND_ENTRIES: 'write down',
  NOTIFY_BROKER_ROLE_CHANGED: 'new role',
  BROKER_HEARTBEAT: '',
}

const RESPONSES: Readonly<Record<string, string>> = {
  GET_ROUTEINFO_BY_TOPIC: 'route',
  SEND_MESSAGE: 'SEND_OK',
  SEND_MESSAGE_V2: 'SEND_OK',
  PULL_MESSAGE: 'nothing yet',
}

/** What stands beside a frame under way; '' for those that only nod. */
export function flightLabel({ name, type, code, keys }: Pick<SceneFlight, 'name' | 'type' | 'code' | 'keys'>): string {
  const isResponse = type === 'response'
  if (name === REPORT) return `has it up to ${code.toLocaleString('en')}`
  if (name === TRANSFER) return keys.length > 1 ? `${keys.length} records` : (keys[0] ?? '')
  if (name === 'PULL_MESSAGE' && keys.length > 0) return keys.length === 1 ? keys[0]! : `${keys.length} messages`
  if (!isResponse) return keys[0] ?? REQUESTS[name] ?? name
  if (code !== 0 && name.startsWith('SEND_MESSAGE')) return 'refused'
  return RESPONSES[name] ?? ''
}

/** Beside a queue that one member has locked. */
export const LOCKED = 'locked'

const KEPT_WORDS: Readonly<Record<KeptWhy, string>> = {
  delay: 'delayed',
  timer: 'timed',
  half: 'half',
  popped: 'popped',
  dead: 'dead',
}

/** What a broker keeps back, in a few words: `2 delayed, 1 half`; '' for nothing. */
export function keptWords({ kept }: SceneBroker): string {
  const all = Object.values(kept)
  return Object.entries(KEPT_WORDS)
    .map(([why, word]) => [all.filter((one) => one.why === why).length, word] as const)
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`)
    .join(', ')
}

/** One message that a broker keeps back, for the list of what is inside. */
export function keptLine(key: string, { why, untilMs, note }: SceneKept): string {
  const until = untilMs < 0 ? '' : ` until ${timeOfDay(untilMs)}`
  return `${key}: ${KEPT_WORDS[why]}${until}${note === '' ? '' : ` (${note})`}`
}
