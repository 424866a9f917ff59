/**
 * Which chapters will quote which folder: while one of them is unwritten, a region there may wait unquoted.
 *
 * The list shrinks by itself as pages appear; once all chapters are written, every region must be quoted somewhere. The
 * first rule whose `under` begins a path holds, so longer paths come first.
 */
export const AWAITED: readonly { readonly under: string; readonly chapters: readonly string[] }[] = [
  { under: 'reference/common/', chapters: ['wire', 'commit-log', 'sending', 'filtering'] },
  { under: 'reference/host/', chapters: ['durability', 'tuning', 'to-production'] },
  { under: 'reference/remoting/', chapters: ['wire'] },
  { under: 'reference/namesrv/', chapters: ['nameserver'] },
  { under: 'reference/store/ha/', chapters: ['failover'] },
  { under: 'reference/store/', chapters: ['replication', 'overload', 'to-production'] },
  {
    under: 'reference/broker/',
    chapters: ['pull-and-push', 'groups', 'filtering', 'retries', 'delays', 'transactions', 'overload'],
  },
  { under: 'reference/controller/', chapters: ['failover'] },
  {
    under: 'reference/client/',
    chapters: ['sending', 'producer-balance', 'pull-and-push', 'rebalance', 'retries', 'ordering', 'transactions'],
  },
  { under: 'reference/tools/', chapters: ['to-production'] },
  { under: 'reference/cli/', chapters: ['to-production'] },
  { under: 'labs/', chapters: ['to-production'] },
  { under: 'site/chapters/', chapters: ['to-production'] },
  { under: 'test/scenarios/', chapters: ['to-production'] },
]
