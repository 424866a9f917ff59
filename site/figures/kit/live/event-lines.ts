/**
 * The log pane: which events a person reads, and in what words.
 *
 * Observed events say what the host saw, told ones what the node says; frames and disk writes are in the figure and would
 * bury everything else here.
 */
import type { TraceEvent } from '../../../../reference/host/trace.ts'

export interface LogLine {
  readonly n: number
  readonly atMs: number
  readonly node: string
  readonly text: string
  readonly tone: 'step' | 'plain' | 'good' | 'bad' | 'fault'
}

const LINE_CHARACTERS_MAX = 300

/**
 * The line of an event, or undefined when it has none.
 * @param causeOf the event that led to one
 */
export function lineOf(event: TraceEvent, causeOf: (event: TraceEvent) => TraceEvent | undefined): LogLine | undefined {
  const line = (text: string, tone: LogLine['tone'] = 'plain'): LogLine => ({
    n: event.n,
    atMs: event.atMs,
    node: event.node,
    text: text.slice(0, LINE_CHARACTERS_MAX),
    tone,
  })
  switch (event.kind) {
    case 'script.step':
      return line(event.text, 'step')
    case 'log.line':
      return line(event.text, event.level === 'error' ? 'bad' : 'plain')
    case 'node.ready':
      return line('ready', 'good')
    case 'node.stopped':
      return line(
        `${event.how}${event.reason === '' ? '' : `: ${event.reason}`}`,
        event.how === 'returned' ? 'plain' : 'bad',
      )
    case 'net.listening':
      return line(`listens on ${event.address}`)
    case 'net.closed': {
      const tried = causeOf(event)
      return tried?.kind === 'net.connecting'
        ? line(`cannot connect to ${tried.to}: ${event.reason}`, 'bad')
        : undefined
    }
    case 'broker.registered':
      return line(`registered as ${event.address} with ${event.namesrv}`)
    case 'route.removed':
      return line(`route to ${event.brokerName} removed: ${event.reason}`)
    case 'route.updated':
      return line(`route of ${event.topic}: ${event.brokers}`)
    case 'topic.created':
      return line(`topic ${event.topic}: ${event.readQueueNums} queues`)
    case 'record.appended':
      return line(`stored ${event.key} in ${event.topic} queue ${event.queueId} at offset ${event.queueOffset}`)
    case 'message.sent':
      return line(`${event.key}: ${event.status}`, event.status === 'SEND_OK' ? 'good' : 'bad')
    case 'message.consumed':
      return line(`consumed ${event.key}: ${event.status}`, event.status === 'CONSUME_SUCCESS' ? 'good' : 'bad')
    case 'log.recovered':
      return event.records > 0 ? line(`recovered ${event.records} records`) : undefined
    case 'queue.assigned':
      return line(`takes ${event.brokerName} queue ${event.queueId} of ${event.topic}`)
    case 'fault.began':
      return line(`fault: ${event.fault}`, 'fault')
    case 'fault.healed':
      return line(`healed: ${event.fault}`, 'fault')
    default:
      return undefined
  }
}
