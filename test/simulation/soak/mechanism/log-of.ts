/** Every record in a broker's commit log, read from its disk with nothing of the store. */
import type { MessageExt } from '../../../../reference/common/message.ts'
import { decodeRecord } from '../../../../reference/common/message-codec.ts'
import type { Cluster } from '../../../../reference/host/cluster.ts'

const LOG = 'store/commitlog/'

/** The messages in the order of the log. A blank ends a file, anything else that is no record ends the log. */
export async function logOf(cluster: Cluster, broker: string): Promise<readonly MessageExt[]> {
  const messages: MessageExt[] = []
  const files = (await cluster.listFiles(broker)).map(({ path }) => path).filter((path) => path.startsWith(LOG))
  for (const path of files.sort()) {
    const bytes = (await cluster.readFile(broker, path)) ?? new Uint8Array()
    for (let at = 0; at < bytes.length; ) {
      const decoded = decodeRecord(bytes, at, false)
      if ('fault' in decoded) break
      messages.push(decoded.message)
      at += decoded.message.storeSize
    }
  }
  return messages
}
