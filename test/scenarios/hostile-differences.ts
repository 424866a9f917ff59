/**
 * Where we answer otherwise than RocketMQ 4.9.8, and why. A reason that holds for several inputs is given once.
 *
 * Not every difference is a wish: those marked `isForNow` go when their piece comes, and may then be answered either way.
 */
interface Reason {
  readonly why: string
  /** Codes of our answers; none: no answer. */
  readonly ours: readonly number[]
  readonly isForNow?: boolean
  readonly inputs: readonly string[]
}

const REASONS: readonly Reason[] = [
  {
    why: '5.x has a code of its own for what is wrong with a parameter, 29; 4.9 says 1',
    ours: [29],
    inputs: [
      ...['queueId 2', 'queueId 99', 'queueId 2147483647'].map((name) => `send: ${name}`),
      ...['empty', 'a b', 'a/b', '中文', 'A x 128', 'A x 255', 'A x 256'].map((name) => `send: topic ${name}`),
      ...['queueId 2', 'queueId 99', 'queueId -1'].map((name) => `pull: ${name}`),
      ...['illegal name', 'empty', 'too long', 'system', 'TBW102', 'named as the cluster'].map(
        (name) => `admin: topic ${name}`,
      ),
      'admin: delete a system topic',
      'admin: group without a name',
    ],
  },
  {
    why: 'a permission that is none and a number of queues that no topic can have are refused, not stored',
    ours: [29],
    inputs: ['admin: perm 99', 'admin: perm -1', 'admin: queues -4', 'admin: queues 100000'],
  },
  {
    why: 'an offset is stored only for a queue that exists, and not beyond its end: the table must not grow by wrong ones',
    ours: [29],
    inputs: ['commit -1', 'commit beyond max', 'commit queue 77'].map((name) => `offsets and queries: ${name}`),
  },
  {
    why: '5.x has these requests, and a header or a body that is missing is named',
    ours: [1],
    inputs: ['request codes: code 200050, no fields', 'request codes: code 400, no fields'],
  },
  {
    why: '5.x knows attributes; batch queues are not served here',
    ours: [29],
    inputs: ['admin: attributes (5.x)'],
  },
  {
    why: 'names of groups are checked wherever they come in: they end in files',
    ours: [1],
    inputs: [
      'pull: group name illegal',
      'pull: group of 300 characters',
      'clients and groups: heartbeat, group name illegal',
      'clients and groups: lock {}',
    ],
  },
  { why: 'the same, where 5.x has its own code', ours: [29], inputs: ['admin: group illegal name'] },
  {
    why: 'a mandatory field that is missing is named, whether the handler would have needed it or not',
    ours: [1],
    inputs: [
      ...['V2 without a', 'V2 without c', 'V2 without d'].map((name) => `send: ${name}`),
      'clients and groups: unregister, no fields',
      'namesrv: get KV, no fields',
      'namesrv: delete topic, no fields',
    ],
  },
  {
    why: '5.x serves it, 4.9.8 does not know the code',
    ours: [1],
    inputs: [
      'request codes: code 361, no fields',
      'request codes: code 351, no fields',
      'namesrv: broker heartbeat (5.x code 904)',
    ],
  },
  {
    why: '5.x serves it, 4.9.8 does not know the code',
    ours: [0],
    inputs: [
      'admin: subscription by consumer',
      'admin: topics by consumer, unknown',
      'namesrv: member group (5.x code 901)',
      'namesrv: register topic (5.x code 217)',
    ],
  },
  {
    why: 'the name server of 5.x answers unknown codes as brokers do; that of 4.9.8 says nothing, and the caller waits',
    ours: [3],
    inputs: ['namesrv: unknown code', 'namesrv: a broker code (send)'],
  },
  {
    why: '4.9.8 has requests for its own ACL, which 5.x has dropped',
    ours: [3],
    inputs: ['admin: update the ACL while ACL is off', 'admin: ACL version while ACL is off'],
  },
  { why: '5.x: an unknown topic is 17', ours: [17], inputs: ['admin: reset, unknown topic'] },
  {
    why: '5.x: the group of an offset must be there, and its topic; so an offset that is none leaves nothing to reset',
    ours: [26],
    inputs: [
      ...['commit, unknown topic and group', 'commit -1', 'commit beyond max', 'commit lower', 'commit queue 77'].map(
        (name) => `offsets and queries: ${name}`,
      ),
      'admin: reset, offset stored for one of the two queues only',
    ],
  },
  {
    why: 'a message that cannot wait in a batch is refused; 4.9.8 forgets its delay',
    ours: [13],
    inputs: ['batch: entry with DELAY'],
  },
  {
    why: 'an order that would have no effect is refused with the reason, where 4.9.8 says that it has obeyed',
    ours: [29],
    inputs: [
      'admin: config garbage',
      'admin: config unknown key',
      'admin: config not a number',
      'namesrv: namesrv config, garbage',
    ],
  },
  {
    why: '5.x resets at the broker: a group must be known, and need not be online',
    ours: [26],
    inputs: ['admin: reset, group offline', 'admin: reset, group without offsets'],
  },
  {
    why: 'no topic of no queues is made before the send is refused',
    ours: [17],
    inputs: ['send: unknown topic, d=0 queues', 'send: unknown topic, d=-3 queues'],
  },
  {
    why: 'a message that is wrong in itself is 13, after which a producer does not try the next broker; 4.9.8 fails with 1',
    ours: [13],
    inputs: [
      'send: properties: DELAY not a number',
      'send: properties: DELAY 2147483648',
      'batch: no body',
      'batch: garbage body',
      'batch: entry cut',
      'batch: body length negative',
    ],
  },
  { why: '5.x: a batch may not go to a retry topic', ours: [13], inputs: ['batch: to a retry topic'] },
  { why: 'a flag without its property is no half message', ours: [13], inputs: ['send: sysFlag 4'] },
  {
    why: '5.x adds MSG_REGION, TRACE_ON and CLUSTER, 4.9.8 CLUSTER alone: 32,700 bytes become more than a record can hold',
    ours: [13],
    inputs: ['send: properties of 32700 bytes'],
  },
  {
    why: '5.x: a filter that cannot be read is refused; in 4.9.8 it matches everything',
    ours: [23],
    inputs: ['pull: SQL bad', 'pull: expressionType unknown'],
  },
  {
    why: 'another history: nothing is delayed here, and our records have other ids and other places',
    ours: [19],
    inputs: ['pull: schedule topic'],
  },
  { why: 'another history, as above', ours: [22], inputs: ['offsets and queries: query, unique flag'] },
  {
    why: 'an offset must be the start of a record; 4.9.8 takes the bytes there for a length',
    ours: [1],
    inputs: ['offsets and queries: view, offset 1 (inside a record)'],
  },
  {
    why: 'an order that cannot be read is a mistake, and told',
    ours: [1],
    inputs: ['admin: config empty body', 'namesrv: namesrv config, no body'],
  },
  {
    why: 'requests of one connection are answered in their order; threads of 4.9.8 overtake each other',
    ours: [0, 0],
    inputs: ['clients and groups: heartbeat good, then list the group on the same connection'],
  },
  {
    why: 'good frames before a bad one are answered before the connection is closed (4.9.8 does so, or not)',
    ours: [0],
    inputs: ['framing: good frame, then garbage'],
  },
  {
    why: 'a key @type means nothing to us; fastjson would follow it',
    ours: [0],
    inputs: ['framing: header with a @type key'],
  },
  {
    why: 'without TLS, bytes are refused when their length is there: after four, not after one',
    ours: [],
    inputs: ['not our protocol: first byte 0x16 only'],
  },
  {
    why: 'a negative length is refused; 4.9.8 takes it for none',
    ours: [],
    inputs: ['binary header: ext length negative'],
  },
  {
    why: 'an end that is neither commit nor rollback has no effect and no answer',
    ours: [],
    isForNow: true,
    inputs: ['clients and groups: end transaction, state 5'],
  },
]

/** By `group: name` of the recorded input. */
export const differences: ReadonlyMap<string, Reason> = new Map(
  REASONS.flatMap((reason) => reason.inputs.map((input) => [input, reason] as const)),
)
