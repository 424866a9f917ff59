/**
 * Refuses to open a store whose log was removed.
 *
 * If the disk keeps what was synced, a crash loses only bytes that were not durable. The checkpoint and the queues may prove
 * that the store had durable messages. When the log then has no file, a user has removed or moved it. If the broker opened
 * such a store, it would empty the queues, and consumers would begin again at offset 0.
 *
 * | the log has no file, and the checkpoint               | queues          | what the start does                             |
 * | ----------------------------------------------------- | --------------- | ----------------------------------------------- |
 * | says that messages were durable, is missing or is damaged | have a file | refuses the store                               |
 * | says that messages were durable, is missing or is damaged | have no file | opens the store as a new store, because probably only the checkpoint is wrong |
 * | does not say that messages were durable              | may have a file | opens the store as a new store, because probably a power cut removed the log |
 *
 * The state in the first row can also be the result of a power cut that damaged the checkpoint before the log was durable.
 * The files on the disk do not show whether a power cut or a removal was the reason. So an operator must decide.
 *
 * RocketMQ opens a store without a log file as an empty store. As in RocketMQ, a store is opened when only the newest files
 * of its log are missing.
 */
import type { Disk } from '../host/host.ts'
import type { Checkpoint } from './checkpoint.ts'
import { StoreError } from './store-error.ts'

// #region gone-log
/**
 * Checks a store that has no log file, before a file of the store is changed. `directory` is the directory of the store: ''
 * or a path that ends in `/`. Throws `StoreError` with one sentence when the log was removed.
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
