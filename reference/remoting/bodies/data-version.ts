/**
 * The version of a table. Brokers send the version of their topic table, and NameServers compare it with the known version.
 *
 * RocketMQ: `DataVersion`.
 */
import { record, type Shape, whole } from '../../common/shape.ts'

/** The version of one table. */
export interface DataVersion {
  readonly counter: number
  /** Increases with each new master in controller mode. Without controller mode, it is 0. In 4.9, this field is missing. */
  readonly stateVersion: number
  readonly timestamp: number
}

export const dataVersionShape: Shape<DataVersion> = record<DataVersion>({
  counter: whole(),
  stateVersion: whole(),
  timestamp: whole(),
})

/**
 * Returns true when all three parts are equal. The counter of a restarted broker may begin at 0 again, but its timestamp
 * differs.
 */
export function sameVersion(a: DataVersion, b: DataVersion): boolean {
  return a.counter === b.counter && a.timestamp === b.timestamp && a.stateVersion === b.stateVersion
}

/** Returns the version after a change of the table. */
export function nextVersion(version: DataVersion, nowMs: number): DataVersion {
  return { counter: version.counter + 1, stateVersion: version.stateVersion, timestamp: nowMs }
}
