/**
 * The listener of the shop: how it saves an order in its database, and what it answers when a broker asks how that ended.
 *
 * The shop has several processes and one database. A broker asks any of the processes.
 */
import { parseJson } from '../../common/lax-json.ts'
import { PROPERTY } from '../../common/message.ts'
import { record, text, whole } from '../../common/shape.ts'
import type { Host } from '../../host/host.ts'
import type { LocalTransactionState, TransactionListener } from '../producer/transaction-producer.ts'

/** What the database knows of an id. `running`: somebody is saving it, and it is not decided yet. */
type Known = 'saved' | 'refused' | 'running' | 'nothing'

/** Returns the listener of one process of the shop. */
export function transactionListener(host: Host, _group: string): TransactionListener {
  const database = new Database(host)
  /** How the transactions of this process have ended, by id. */
  const ended = new Map<string, Known>()
  return {
    async executeLocalTransaction({ properties }, msgId) {
      const outcome = await database.save(msgId, properties?.get(PROPERTY.KEYS) ?? '')
      ended.set(msgId, outcome)
      return stateOf(outcome)
    },
    async checkLocalTransaction({ properties }) {
      const id = properties.get(PROPERTY.UNIQ_KEY) ?? ''
      const known = ended.get(id) ?? (await database.cancel(id))
      ended.set(id, known)
      return stateOf(known)
    },
  }
}

/** What a broker is told of an order. */
function stateOf(known: Known | undefined): LocalTransactionState {
  if (known === 'saved') return 'COMMIT_MESSAGE'
  return known === 'refused' ? 'ROLLBACK_MESSAGE' : 'UNKNOW'
}

/** The shop's database, as a process of the shop reaches it. Nothing needs to be repaired here. */
class Database {
  readonly #host: Host

  constructor(host: Host) {
    this.#host = host
  }

  /**
   * Saves an order under an id, or refuses it. This may take seconds, and the database goes on when the process dies. Resolves with
   * the outcome. An id that the database knows already is not saved again: then the outcome is what it has.
   */
  save(id: string, key: string): Promise<Known> {
    return this.#ask('database.save', id, key)
  }

  /** Resolves with what the database knows of the id. */
  find(id: string): Promise<Known> {
    return this.#ask('database.find', id)
  }

  /**
   * For a customer who changes his mind: an order that the database does not know yet cannot be saved under this id any more, and
   * counts as refused. One that it knows stays as it is. Resolves with what the database has under the id then.
   */
  cancel(id: string): Promise<Known> {
    return this.#ask('database.cancel', id)
  }

  #ask(question: string, id: string, key = ''): Promise<Known> {
    return new Promise((resolve) => {
      this.#host.application.hand(question, JSON.stringify({ id, key }), (json) => {
        const { outcome, afterMs } = answerShape(parseJson(json), `the answer to ${question}`)
        this.#host.clock.after(afterMs, () => resolve(outcome as Known))
      })
    })
  }
}

const answerShape = record<{ outcome: string; afterMs: number }>({ outcome: text('nothing'), afterMs: whole() })
