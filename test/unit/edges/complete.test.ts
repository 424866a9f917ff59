/**
 * Every limit of the reference is tried at its edge, or stands here with the reason why it is not. A limit that is added fails
 * this test until its edge is tried.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { filesBelow } from '../../support/files-below.ts'
import { ROOT } from '../../support/stages.ts'

const SETTING = 'the default, or the end of the range, of a setting: `test/unit/settings.txt` has its number'
const PERIOD = 'a time between two things of a run: a pinned run that meets it differs (`test/simulation/pins.test.ts`)'
const ANSWER = 'the time that another server has for its answer: a pinned run that meets it differs'
const PIECE = 'how much is done at once: the result is the same with another number, and a pinned run has another order'
const ELSEWHERE = 'tried at its edge by another test of its folder, which may name the number and not the constant'
const NOT_YET = 'not tried at its edge yet'
const LARGE = 'too many things for a quick test: a table of this size needs seconds or gigabytes'
const CHOICE = 'a name, a port or a level, and no limit'

/** The limits without an edge in this folder, by the reason and then by the file. */
const WITHOUT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [SETTING]: {
    'broker/limits.ts': `REGISTER_PERIOD_MS REGISTER_PERIOD_MS_MIN REGISTER_PERIOD_MS_MAX FLUSH_DELAY_OFFSET_INTERVAL_MS
      RETRY_MAX_TIMES RETRY_QUEUE_NUMS SENDS_WAITING_MAX DISK_WAIT_MS SEND_LIMIT SEND_LIMIT_BURST SEND_LIMIT_MAX`,
    'client/limits.ts': `SEND_MSG_TIMEOUT_MS RETRY_TIMES_WHEN_SEND_FAILED RETRY_TIMES_WHEN_SEND_ASYNC_FAILED PULL_BATCH_SIZE
      CONSUMING_MAX MAX_RECONSUME_TIMES_ORDERLY POP_INVISIBLE_TIME_MS POP_BATCH_NUMS SUSPEND_CURRENT_QUEUE_MS`,
    'common/limits.ts': 'MESSAGE_BODY_BYTES POP_BATCH_MAX',
    'controller/raft/limits.ts': 'COMPACT_AFTER_LINES',
    'store/ha/limits.ts': 'HA_TRANSFER_BATCH_BYTES HA_HEARTBEAT_MS HA_HOUSEKEEPING_MS HA_MAX_TIME_SLAVE_NOT_CATCHUP_MS',
    'store/limits.ts': `COMMIT_LOG_FILE_BYTES CONSUME_QUEUE_FILE_BYTES COMMIT_LOG_FILE_BYTES_MIN COMMIT_LOG_FILE_BYTES_MAX
      TRANSFER_BYTES TRANSFER_COUNT TRANSFER_BYTES_FROM_DISK TRANSFER_COUNT_FROM_DISK TRANSFER_BYTES_MAX TRANSFER_COUNT_MAX
      IN_MEMORY_BYTES INDEX_SLOTS INDEX_ENTRIES INDEX_SLOTS_MAX INDEX_ENTRIES_MAX FILE_RESERVED_HOURS DELETE_WHEN
      DISK_MAX_USED_PERCENT DISK_CLEAN_FORCIBLY_PERCENT DISK_WARNING_PERCENT`,
  },
  [PERIOD]: {
    'broker/limits.ts': `SLAVE_SYNC_OFFSETS_MS SLAVE_SYNC_TABLES_MS FLUSH_CONSUMER_OFFSET_INTERVAL_MS
      GATHER_CHANGES_MS SCAN_CLIENTS_INTERVAL_MS SHORT_POLLING_MS NOTE_DELIVERY_MS DELIVERED_IS_FLUSHED_MS DELIVER_AGAIN_MS
      LOCKS_SEARCHED_EVERY_MS TIMER_PUT_AGAIN_TICKS TIMER_LOOK_AGAIN_MS ACK_INTERVAL_MS REVIVE_BEHIND_MS REVIVE_FOLLOWED_MS
      REVIVE_AGAIN_MS REVIVE_LOOK_AGAIN_MS CK_REWRITE_INTERVALS_SEC CONTROLLER_STEP_AGAIN_MS ESCAPE_AGAIN_MS
      PRE_ONLINE_AGAIN_MS`,
    'client/limits.ts': `POLL_NAMESRV_INTERVAL_MS ROUTE_AFTER_FAILURE_INTERVAL_MS HEARTBEAT_BROKER_INTERVAL_MS
      FIRST_HEARTBEAT_MS PULL_DELAY_WHEN_EXCEPTION_MS PULL_DELAY_WHEN_CACHE_FULL_MS PULL_DELAY_WHEN_PAUSED_MS
      AUTO_COMMIT_INTERVAL_MS RECONSUME_LATER_MS CONSUME_TIMESTAMP_AGO_MS REBALANCE_LOCK_INTERVAL_MS
      PERSIST_OFFSET_INTERVAL_MS PERSIST_OFFSET_FIRST_MS REBALANCE_INTERVAL_MS REBALANCE_SOON_MS`,
    'controller/limits.ts': 'FIRST_SCAN_MS',
    'controller/raft/limits.ts': 'ELECTION_MS ANSWER_WITHIN_MS',
    'host/sim/limits.ts': 'HOP_MS SYNC_MS START_MS',
    'namesrv/limits.ts': 'SCAN_NOT_ACTIVE_BROKER_INTERVAL_MS',
    'store/limits.ts': `FLUSH_INTERVAL_MS FLUSH_THOROUGH_INTERVAL_MS FLUSH_CONSUME_QUEUE_INTERVAL_MS INDEX_WRITE_OUT_INTERVAL_MS
      CLEAN_INTERVAL_MS CLEAN_TIMER_MS_MAX`,
    'store/ha/limits.ts': 'HA_CONFIRM_NOTICE_MS',
  },
  [ANSWER]: {
    'broker/limits.ts': `REGISTER_TIMEOUT_MS REGISTERED_WITHIN_MS SLAVE_SYNC_TIMEOUT_MS HOLD_MS_MAX CALL_CLIENT_TIMEOUT_MS
      CLIENT_STATUS_TIMEOUT_MS POP_TIMEOUT_TOO_MUCH_MS ROUTE_TIMEOUT_MS CONTROLLER_TIMEOUT_MS ESCAPE_TIMEOUT_MS
      REMOTE_PULL_TIMEOUT_MS`,
    'client/limits.ts': `MQ_CLIENT_API_TIMEOUT_MS ADMIN_TIMEOUT_MS DETECT_TIMEOUT_MS BROKER_SUSPEND_MAX_MS PULL_TIMEOUT_MS
      LITE_BROKER_SUSPEND_MAX_MS POLL_TIMEOUT_MS PULL_ONCE_TIMEOUT_MS CONSUMER_SEND_BACK_TIMEOUT_MS LOCK_TIMEOUT_MS
      POP_TIMEOUT_BEYOND_MS POP_ACK_TIMEOUT_MS QUERY_ASSIGNMENT_TIMEOUT_MS CONSUME_TIMEOUT_MS`,
    'host/limits.ts': 'READY_WITHIN_MS STOP_WITHIN_MS CALL_WITHIN_MS',
  },
  [PIECE]: {
    'broker/limits.ts': `REGISTER_TOPICS_MAX WHOLE_TABLE_ENTRIES_MAX TABLE_PIECE_ENTRIES_MAX TAGS_PER_PLACE WAKES_AT_ONCE_MAX
      NOTICES_AT_ONCE_MAX DELIVER_AT_ONCE_MAX CHECKS_AT_ONCE_MAX TIMER_PUTS_AT_ONCE_MAX REVIVE_IN_FLIGHT_MAX
      POP_IN_MEMORY_BYTES REQUESTS_AT_ONCE READ_AHEAD_MESSAGES_MAX`,
    'client/limits.ts': 'COMPRESS_BODY_BYTES LITE_PULL_BATCH_SIZE POP_THRESHOLD_FOR_QUEUE PULL_THRESHOLD_FOR_ALL',
    'store/limits.ts': `SCANNED_ENTRIES_MAX ENTRIES_AT_ONCE WALK_CHUNK_BYTES WALK_PROGRESS_BYTES INDEX_FEW_PAGES
      DELETE_FILES_MAX`,
  },
  [ELSEWHERE]: {
    'broker/limits.ts': 'SUBSCRIPTIONS_MAX',
    'common/limits.ts': 'MESSAGE_BODY_BYTES_MAX',
    'controller/limits.ts': 'CONFIRMED_WITHIN_MS WAITING_REQUESTS_MAX',
    'controller/raft/limits.ts': 'COMMAND_CHARS_MAX UNCOMMITTED_ENTRIES_MAX',
    'host/sim/limits.ts': 'SIMULATION_LIMITS',
    'store/limits.ts': 'FIRST_RECORD_BYTES_MAX WAITING_PUTS_MAX',
  },
  [NOT_YET]: {
    'broker/limits.ts': `HELD_PULLS_MAX HELD_PER_CONNECTION_MAX BATCH_MESSAGES_MAX BATCH_PROPERTIES_MAX RETRY_QUEUE_NUMS_MAX
      INVISIBLE_TIME_MAX_MS SHOWN_QUEUE_ENTRIES_MAX`,
    'client/limits.ts': `SUSPEND_CURRENT_QUEUE_MS_MIN SUSPEND_CURRENT_QUEUE_MS_MAX POP_INVISIBLE_TIME_MS_MIN
      POP_INVISIBLE_TIME_MS_MAX POP_DELAY_LEVELS_SEC`,
    'common/limits.ts': 'POP_OFFSET_SPAN_MAX',
    'host/limits.ts': 'SLOW_SYNC_MS DRAIN_MS',
    'store/limits.ts': 'QUERY_MESSAGES_MAX QUERY_CANDIDATES_MAX',
  },
  [LARGE]: {
    'broker/limits.ts': 'GROUPS_MAX QUEUE_LOCKS_MAX OPEN_TRANSACTIONS_MAX STATS_ITEMS_MAX ROUTES_KEPT_MAX',
    'client/limits.ts': 'SENDS_IN_FLIGHT_MAX CHECK_REQUESTS_HOLD_MAX',
    'host/sim/limits.ts': 'FOREIGN_HOPS_MAX DEFERRED_EVENTS_MAX',
  },
  [CHOICE]: {
    'broker/limits.ts': 'BROKER_PORT',
    'client/limits.ts': `DEFAULT_TOPIC_QUEUE_NUMS FIRST_RETRY_DELAY_LEVEL CLIENT_INNER_PRODUCER CONSUME_TIMEOUT_DELAY_LEVEL`,
    'namesrv/limits.ts': 'NAMESRV_PORT',
  },
}

const REFERENCE = join(ROOT, 'reference')
const tests = filesBelow(join(ROOT, 'test/unit/edges'))
  .filter((path) => path.endsWith('.test.ts') && !path.endsWith('complete.test.ts'))
  .map((path) => readFileSync(path, 'utf8'))
  .join('\n')
const files = filesBelow(REFERENCE)
  .filter((path) => path.endsWith('/limits.ts'))
  .map((path) => path.slice(REFERENCE.length + 1))
const namesIn = (file: string) =>
  [...readFileSync(join(REFERENCE, file), 'utf8').matchAll(/^export const (\w+)/gm)].map(([, name]) => name!)
const reasonsOf = (file: string, name: string) =>
  Object.keys(WITHOUT).filter((reason) => (WITHOUT[reason]![file] ?? '').split(/\s+/).includes(name))

it.each(files)('every limit in %s is tried at its edge, or says why not', (file) => {
  const open = namesIn(file).filter(
    (name) => !new RegExp(`\\b${name}\\b`).test(tests) && reasonsOf(file, name).length === 0,
  )
  expect(open, 'give each of them an edge in test/unit/edges, or a reason in this file').toEqual([])
})

it('every reason is for a limit that there is, and for one that no edge tries', () => {
  for (const byFile of Object.values(WITHOUT))
    for (const [file, names] of Object.entries(byFile))
      for (const name of names.trim().split(/\s+/)) {
        expect(namesIn(file), `${file} of a reason`).toContain(name)
        expect(reasonsOf(file, name), name).toHaveLength(1)
      }
})
