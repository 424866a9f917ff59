/**
 * Refuses a store whose log was taken away.
 *
 * A crash takes only what was never durable. When the checkpoint and the queues know of messages and the log is not there,
 * it was removed or moved. A store that was opened all the same would forget the rest: its queues would be emptied, and
 * consumers would begin again at 0.
 *
 * | the log has no file, and the checkpoint                     | the queues      | then                                  |
 * | ----------------------------------------------------------- | --------------- | ------------------------------------- |
 * | knows a message as durable, or is missing or damaged itself | have a file     | the store is refused                  |
 * | the same                                                    | have no file    | a new store: one bit may be wrong     |
 * | knows that the log has begun and nothing was durable        | may have a file | a new store: a power cut took the log |
 *
 * RocketMQ opens such a store as an empty one. Not here: a log that lacks only its newest files is opened, as there.
 */
import type { Disk } from '../host/host.ts'
import type { Checkpoint } from './checkpoint.ts'
import { StoreError } from './store-error.ts'

// #region gone-log
/**
 * Called when no file of the log was found, before anything is changed. `directory`: of the store, '' or ending in `/`.
 * @throws {StoreError} one sentence, when the log must be somewhere else
 */
export function refuseIfLogGone(checkpoint: Checkpoint, disk: Disk, directory: string): void {
  if (checkpoint.wasNothingDurable || !hasQueueFile(disk, `${directory}consumequeue`)) return
  throw new StoreError(
    `the store ${directory || '.'} has no commit log, but its checkpoint and its queues know of messages: bring ${directory}commitlog back, or give this broker an empty storePathRootDir`,
  )
}
// #endregion gone-log

/** True when any queue has a file that is not empty. */
function hasQueueFile(disk: Disk, directory: string): boolean {
  for (const topic of disk.list(directory))
    for (const queueId of topic.endsWith('/') ? disk.list(`${directory}/${topic.slice(0, -1)}`) : []) {
      const folder = `${directory}/${topic}${queueId.slice(0, -1)}`
      if (queueId.endsWith('/') && disk.list(folder).some((name) => disk.sizeBytes(`${folder}/${name}`) > 0))
        return true
    }
  return false
}
