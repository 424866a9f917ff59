/**
 * Is the log gone? A crash takes only what was never durable; what checkpoint and queues know and is not there has been taken away
 * by somebody. Opened all the same, the store would forget the rest: its queues would be emptied, and consumers would begin again
 * at 0.
 *
 * | the log has no file, and the checkpoint                   | the queues         | then                                     |
 * | --------------------------------------------------------- | ------------------ | ---------------------------------------- |
 * | knows a message as durable, or is gone or damaged itself    | have a file        | refused                                  |
 * | the same                                                  | have none          | a new store: a bit of the checkpoint may be wrong |
 * | knows that the log has begun and nothing was durable        | may have a file    | a new store: a power cut took the rest       |
 *
 * RocketMQ opens such a store as an empty one. Not here: a log whose newest files alone are gone is taken as it is, as there.
 */
import type { Disk } from '../host/host.ts'
import type { Checkpoint } from './checkpoint.ts'
import { StoreError } from './store-error.ts'

// #region gone-log
/**
 * Asked when no file of the log was found, before anything is changed. `directory`: of the store, '' or ending in `/`.
 * @throws {StoreError} one sentence, when the log must be somewhere else
 */
export function refuseIfLogGone(checkpoint: Checkpoint, disk: Disk, directory: string): void {
  if (checkpoint.wasNothingDurable || !hasQueueFile(disk, `${directory}consumequeue`)) return
  throw new StoreError(
    `the store ${directory || '.'} has no commit log, but its checkpoint and its queues know of messages: bring ${directory}commitlog back, or give this broker an empty storePathRootDir`,
  )
}
// #endregion gone-log

/** A queue has a file in which something may stand. */
function hasQueueFile(disk: Disk, directory: string): boolean {
  for (const topic of disk.list(directory))
    for (const queueId of topic.endsWith('/') ? disk.list(`${directory}/${topic.slice(0, -1)}`) : []) {
      const folder = `${directory}/${topic}${queueId.slice(0, -1)}`
      if (queueId.endsWith('/') && disk.list(folder).some((name) => disk.sizeBytes(`${folder}/${name}`) > 0))
        return true
    }
  return false
}
