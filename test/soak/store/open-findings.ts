/**
 * What the store campaign has found in the store and nobody has mended yet, worst first. While there is any, the quick test
 * of the store is expected to fail, and says so by passing; once the store is mended it fails until this list is empty.
 * `npm run soak` fails on them in any case.
 */
export const OPEN_FINDINGS: readonly string[] = [
  'the log may lose its first file while a later one stays, or be refused for a gap that a power cut made: names are not durable in order',
  'the abort marker is not durable before the first put: after a power cut an unclean store counts as clean',
  'queue files removed or shortened by hand before an unclean start are not missed unless a walked record belongs to them',
  'removed files and cleared tails are not durable before the next put, so that cut records come back',
  'a sync reports success while an earlier one of the same files is under way or has failed: a stop counts as clean',
  'after a failed sync and a restart of the process, pages are clean but not durable, and nothing writes them again',
  'a disk error in the checkpoint, in a clean-up or at a roll-over leaves a timer uncaught',
]
