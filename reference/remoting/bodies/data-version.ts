/**
 * The version of a table. A broker sends the version of its topic table, and a NameServer compares this version with the
 * version that it already has.
 *
 * RocketMQ: `DataVersion`.
 */
import { record, type Shape, whole } from '../../common/shape.ts'

/** The version of one table. */
export interface DataVersion {
  readonly counter: number
  /**
   * A number that increases with each new master in controller mode, and is otherwise 0. Brokers of 4.9 do not send this
   * field.
   */
  readonly stateVersion: number
  readonly timestamp: number
}

export const dataVersionShape: Shape<DataVersion> = record<DataVersion>({
  counter: whole(),
  stateVersion: whole(),
  timestamp: whole(),
})

/**
 * Returns true when all three parts are equal. The counter of a restarted broker may begin at 0 again, but then its
 * timestamp is a later one.
 */
export function sameVersion(a: DataVersion, b: DataVersion): boolean {
  return a.counter === b.counter && a.timestamp === b.timestamp && a.stateVersion === b.stateVersion
}

/** Returns the version that follows `version` after a change of the table. */
export function nextVersion(version: DataVersion, nowMs: number): DataVersion {
  return { counter: version.counter + 1, stateVersion: version.stateVersion, timestamp: nowMs }
}

/** Returns true when `a` is the version of an older state of the table than `b`. RocketMQ: `DataVersion.compare`. */
export function isOlder(a: DataVersion, b: DataVersion): boolean {
  if (a.stateVersion !== b.stateVersion) return a.stateVersion < b.stateVersion
  return a.counter !== b.counter ? a.counter < b.counter : a.timestamp < b.timestamp
}
