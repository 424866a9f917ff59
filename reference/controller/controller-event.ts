/**
 * The events that a leader decides and every controller applies. Each event is one command of the Raft log, as JSON.
 *
 * An event contains a result, not a request: the leader has compared epochs and heartbeats, and has chosen. So the result of
 * an event depends only on the events before it, and all controllers compute the same state.
 *
 * RocketMQ: `EventMessage` and its sub-classes.
 */
import { assert } from '../common/assert.ts'
import { type Json, parseJson } from '../common/lax-json.ts'
import { list, optional, record, text, whole } from '../common/shape.ts'

/** A replica has received an id. */
export interface ApplyBrokerId {
  readonly kind: 'applyBrokerId'
  readonly clusterName: string
  readonly brokerName: string
  readonly brokerId: number
  readonly brokerAddress: string
  readonly registerCheckCode: string
}

/** A replica has another address. */
export interface UpdateBrokerAddress {
  readonly kind: 'updateBrokerAddress'
  readonly brokerName: string
  readonly brokerId: number
  readonly brokerAddress: string
}

/** The result of an election. Without `masterBrokerId`, no replica is the master. */
export interface ElectMaster {
  readonly kind: 'electMaster'
  readonly brokerName: string
  readonly masterBrokerId?: number | undefined
}

/** The in-sync set has other members. */
export interface AlterSyncStateSet {
  readonly kind: 'alterSyncStateSet'
  readonly brokerName: string
  readonly syncStateSet: readonly number[]
}

/** Replicas are removed. An empty list removes the broker name with all its replicas. */
export interface CleanBrokerData {
  readonly kind: 'cleanBrokerData'
  readonly brokerName: string
  readonly brokerIds: readonly number[]
}

/** One event. */
export type ControllerEvent = ApplyBrokerId | UpdateBrokerAddress | ElectMaster | AlterSyncStateSet | CleanBrokerData

const KINDS: readonly string[] = [
  'applyBrokerId',
  'updateBrokerAddress',
  'electMaster',
  'alterSyncStateSet',
  'cleanBrokerData',
] satisfies readonly ControllerEvent['kind'][]

const eventShape = record<{
  kind: string
  clusterName: string
  brokerName: string
  brokerId: number
  brokerAddress: string
  registerCheckCode: string
  masterBrokerId: number | undefined
  syncStateSet: number[]
  brokerIds: number[]
}>({
  kind: text(),
  clusterName: text(),
  brokerName: text(),
  brokerId: whole(),
  brokerAddress: text(),
  registerCheckCode: text(),
  masterBrokerId: optional(whole()),
  syncStateSet: list(whole()),
  brokerIds: list(whole()),
})

/** Returns an event as the command of a log entry. */
export function eventText(event: ControllerEvent): string {
  return JSON.stringify(event)
}

/**
 * Reads the command of a log entry. Only controllers write these commands, so a command that cannot be read is a mistake: an
 * error is thrown.
 */
export function parseEvent(command: string): ControllerEvent {
  const event = eventShape(parseJson(command) as Json, 'event')
  assert(KINDS.includes(event.kind), () => `the log has an event of the unknown kind ${event.kind}`)
  return event as unknown as ControllerEvent
}
