/**
 * The version of a table. Brokers send the version of their topic table, and NameServers compare it with the known version.
 *
 * RocketMQ: `DataVersion`.
 */
import { record, type Shape, whole } from '../../common/shape.ts'

/** The version of one table. */
export interface DataVersion {
  readonly counter: number
  /** Grows with each new master in controller mode, otherwise 0. Missing in 4.9. */
  readonly stateVersion: number
  readonly timestamp: number
}

export const dataVersionShape: Shape<DataVersion> = record<DataVersion>({
  counter: whole(),
  stateVersion: whole(),
  timestamp: whole(),
})

/** Returns true when all three parts are equal. A restarted broker counts from 0 again, but its timestamp differs. */
export function sameVersion(a: DataVersion, b: DataVersion): boolean {
  return a.counter === b.counter && a.timestamp === b.timestamp && a.stateVersion === b.stateVersion
}

/** Returns the version after a change of the table. */
export function nextVersion(version: DataVersion, nowMs: number): DataVersion {
  return { counter: version.counter + 1, stateVersion: version.stateVersion, timestamp: nowMs }
}
