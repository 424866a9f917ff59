/**
 * Times and sizes of the Raft of the controllers.
 *
 * The paper (section 5.6) demands: the time of a broadcast is much shorter than the election timeout, and the election
 * timeout is much shorter than the time between failures of a machine.
 */
import { MIB } from '../../common/units.ts'

/** A leader sends AppendEntries to each follower at least once in this time. RocketMQ's DLedger: 2,000 ms. */
export const HEARTBEAT_MS = 250
/**
 * A follower that hears nothing from a leader becomes a candidate after a random time between this time and twice this time
 * (section 5.2). A leader that has not heard from a majority for twice this time resigns.
 */
export const ELECTION_MS = 1_000
/** A request to another controller that is not answered within this time is sent again. */
export const ANSWER_WITHIN_MS = 750
/** The max number of controllers in a group. More controllers only make each write slower. */
export const PEERS_MAX = 9
/** The max number of entries in one AppendEntries. */
export const APPEND_ENTRIES_MAX = 128
/** The max number of characters of the commands in one AppendEntries, unless its first command alone is longer. */
export const APPEND_CHARS_MAX = MIB
/** The max number of characters of one command. */
export const COMMAND_CHARS_MAX = 64 * 1024
/**
 * The max number of entries that are in the log but not yet committed. At this number, a leader refuses further commands.
 */
export const UNCOMMITTED_ENTRIES_MAX = 1_024
/** The default number of lines that are appended to the journal before the log is compacted (section 7). */
export const COMPACT_AFTER_LINES = 1_000
/**
 * The max number of characters of a snapshot. A snapshot travels in one frame. The text of 100,000 brokers has about half of
 * this size.
 */
export const SNAPSHOT_CHARS_MAX = 12 * MIB
/** The max size of the journal. A larger file is not read. */
export const JOURNAL_BYTES_MAX = 256 * MIB
/**
 * The largest term and the largest index that a request may contain, half of the largest exact number. A wrong request with
 * a larger number would leave no room for later terms.
 */
export const NUMBER_MAX = 4_503_599_627_370_495
