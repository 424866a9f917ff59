/** The row of orders that are used at once: whoever creates, changes or deletes a topic may rely on it. */
import { expectThat } from './expect.ts'
import { CLUSTER_NAME } from './peers.ts'
import type { Row } from './rows.ts'

const TRIES = 60

export const createThenUseRow: Row = {
  id: 'create-then-use',
  title: 'a topic is created, changed, deleted, made by a send; and used at once',
  async run({ tools, server, column }) {
    const broker = server.broker.address
    const options = { topic: 'create-then-use', broker, cluster: CLUSTER_NAME, tries: TRIES }
    const missed = await tools.createThenUse(options)
    const { created, sent, changed, deleted, made, firstMiss } = missed
    const counts = { created, sent, changed, deleted, made }
    // a broker of 4.9 tells name servers one-way of a topic that a send makes
    const isOneway = column.server !== 'glassmq' && column.tools === '4.9'
    const total = created + sent + changed + deleted + (isOneway ? 0 : made)
    expectThat(total === 0, `${total} of ${5 * TRIES} uses missed (${JSON.stringify(counts)}); first ${firstMiss}`)
    return `${5 * TRIES} uses, ${total === 0 && made > 0 ? `only ${made} after a send` : 'none'} missed`
  },
}
