/**
 * Refuses a store whose log was removed.
 *
 * A crash loses only bytes that were not durable. When checkpoint and queues know of messages but the log has no file, a
 * user has removed or moved the log. If such a store were opened, its queues would be emptied, and consumers would begin
 * again at offset 0.
 *
 * | the log has no file, and the checkpoint               | the queues      | then                                            |
 * | ----------------------------------------------------- | --------------- | ----------------------------------------------- |
 * | knows durable messages, is missing or is damaged      | have a file     | the store is refused                            |
 * | the same                                              | have no file    | opened as new: only the checkpoint may be wrong |
 * | knows that the log has begun and nothing was durable  | may have a file | opened as new after a power cut                 |
 *
 * A power cut can also end in the first row: it takes a log that was never durable from a store whose checkpoint was damaged
 * a moment earlier. Nothing on the disk tells this case from a removed log, so an operator must decide.
 *
 * Unlike here, RocketMQ opens such a store as an empty one. As in RocketMQ, a log that lacks only its newest files is
 * opened.
 */
import type { Disk } from '../host/host.ts'
import type { Checkpoint } from './checkpoint.ts'
import { StoreError } from './store-error.ts'

// #region gone-log
/**
 * Checks a store that has no log file, before anything in it is changed. `directory` is the directory of the store: '' or a
 * path that ends in `/`.
 * @throws {StoreError} when the log was removed; the message is one sentence
 */
export function refuseIfLogGone(checkpoint: Checkpoint, disk: Disk, directory: string): void {
  if (checkpoint.wasNothingDurable || !hasQueueFile(disk, `${directory}consumequeue`)) return
  const witnesses = checkpoint.physicMsgTimestamp > 0 ? 'its checkpoint and its queues know' : 'its queues know'
  throw new StoreError(
    `the store ${directory || '.'} has no commit log, but ${witnesses} of messages: bring ${directory}commitlog back, or give this broker an empty storePathRootDir`,
  )
}
// #endregion gone-log

/** Returns true when at least one queue has a file that is not empty. */
function hasQueueFile(disk: Disk, directory: string): boolean {
  for (const topic of disk.list(directory))
    for (const queueId of topic.endsWith('/') ? disk.list(`${directory}/${topic.slice(0, -1)}`) : []) {
      const folder = `${directory}/${topic}${queueId.slice(0, -1)}`
      if (queueId.endsWith('/') && disk.list(folder).some((name) => disk.sizeBytes(`${folder}/${name}`) > 0))
        return true
    }
  return false
}
