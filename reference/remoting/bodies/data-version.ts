/**
 * Which state of a table somebody has seen: brokers stamp their topic table with it, NameServers compare.
 *
 * RocketMQ: `DataVersion`.
 */
import { record, type Shape, whole } from '../../common/shape.ts'

export interface DataVersion {
  readonly counter: number
  /** Grows with each new master in controller mode; 0 otherwise, and absent in 4.9. */
  readonly stateVersion: number
  readonly timestamp: number
}

export const dataVersionShape: Shape<DataVersion> = record<DataVersion>({
  counter: whole(),
  stateVersion: whole(),
  timestamp: whole(),
})

/** Equal only if all three are: a restarted broker counts anew but at another time. */
export function sameVersion(a: DataVersion, b: DataVersion): boolean {
  return a.counter === b.counter && a.timestamp === b.timestamp && a.stateVersion === b.stateVersion
}

export function nextVersion(version: DataVersion, nowMs: number): DataVersion {
  return { counter: version.counter + 1, stateVersion: version.stateVersion, timestamp: nowMs }
}
