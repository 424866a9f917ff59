/**
 * Tables of offsets that brokers, clients and operators send to each other.
 *
 * RocketMQ: `ResetOffsetBody`, `ResetOffsetBodyForC`, `GetConsumerStatusBody`, `QueryCorrectionOffsetBody`.
 */
import { list, record, type Shape, table, text, whole } from '../../common/shape.ts'
import { type QueueTable, queueTable, queueTableJson } from './queue-table.ts'

/** Reads a table that holds, for each queue, the offset at which the consumers of a group continue. */
export const resetOffsetShape: Shape<QueueTable<number>> = (value, path) => {
  const offsetTable = record<{ offsetTable: QueueTable<number> }>({
    // in the form for C++ clients, the table is a list
    offsetTable: (inner, at) => (Array.isArray(inner) ? listed(inner, at) : queueTable(whole())(inner, at)),
  })(value, path).offsetTable
  return offsetTable
}

const listed: Shape<QueueTable<number>> = (value, path) =>
  list(record({ topic: text(), brokerName: text(), queueId: whole(), offset: whole() }))(value, path).map(
    ({ offset, ...queue }) => [queue, offset] as const,
  )

/** Returns, as the object for JSON, a table that holds the offset at which consumers continue in each queue. */
export function resetOffsetJson(offsets: QueueTable<number>): object {
  return { offsetTable: queueTableJson(offsets) }
}

/** Returns the table of `resetOffsetJson` in the form for C++ clients. C++ clients cannot read objects as keys. */
export function resetOffsetJsonForC(offsets: QueueTable<number>): object {
  return { offsetTable: offsets.map(([queue, offset]) => ({ ...queue, offset })) }
}

/** Reads the offsets of one client from the answer to GET_CONSUMER_STATUS_FROM_CLIENT. */
export const clientStatusShape: Shape<QueueTable<number>> = (value, path) =>
  record<{ messageQueueTable: QueueTable<number> }>({ messageQueueTable: queueTable(whole()) })(value, path)
    .messageQueueTable

/** Returns the offsets of one client as the object for JSON. */
export function clientStatusJson(offsets: QueueTable<number>): object {
  return { consumerTable: {}, messageQueueTable: queueTableJson(offsets) }
}

/** Reads the offsets of a group's members, by client id, from the answer to INVOKE_BROKER_TO_GET_CONSUMER_STATUS. */
export const groupStatusShape: Shape<ReadonlyMap<string, QueueTable<number>>> = (value, path) =>
  record<{ consumerTable: Map<string, QueueTable<number>> }>({ consumerTable: table(queueTable(whole())) })(value, path)
    .consumerTable

/** Returns the offsets of a group's members as the object for JSON. */
export function groupStatusJson(clients: ReadonlyMap<string, QueueTable<number>>): object {
  const consumerTable = Object.fromEntries(
    [...clients].map(([clientId, offsets]) => [clientId, queueTableJson(offsets)]),
  )
  return { consumerTable, messageQueueTable: {} }
}
