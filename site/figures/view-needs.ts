/**
 * Kinds of event without which a view would say something untrue: a stage that is told of no registration shows an empty route
 * table. A figure that records only some kinds may use a view only when it records what that view reads.
 */
import type { EventKind } from '../../reference/host/trace.ts'
import { KEPT_ALWAYS } from './kit/figure-cluster.ts'
import type { FigureScenario, ViewName } from './kit/types.ts'

const NEEDS: Readonly<Partial<Record<ViewName, readonly EventKind[]>>> = {
  stage: [
    'route.registered',
    'route.removed',
    'route.updated',
    'record.appended',
    'entry.dispatched',
    'log.flushed',
    'net.connecting',
    'net.opened',
    'net.closed',
    'frame.sent',
    'net.sent',
    'net.delivered',
    'net.lost',
    'message.sending',
    'message.sent',
    'message.cached',
    'message.consumed',
    'queue.assigned',
    'queue.released',
    'offset.committed',
    'pull.held',
    'pull.woken',
  ],
  owners: ['queue.assigned', 'queue.released', 'message.consumed'],
  log: ['record.appended', 'entry.dispatched', 'log.flushed', 'log.recovered'],
  bytes: ['frame.sent', 'net.sent', 'record.appended', 'disk.written'],
  'space-time': ['frame.sent', 'net.sent', 'net.delivered', 'net.lost'],
}

/** What a figure must record beside what it does, for one of its passages to be true; '' when nothing is missing. */
export function missingFor({ records }: Pick<FigureScenario, 'records'>, view: ViewName): string {
  if (records === undefined) return ''
  return (NEEDS[view] ?? []).filter((kind) => !KEPT_ALWAYS.has(kind) && !records.includes(kind)).join(', ')
}
