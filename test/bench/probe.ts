/** Asks servers in real processes, and sends one message again and again until a broker stores it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createNodeHost, type NodeHost } from '../../reference/host/node/node-host.ts'
import { RemotingClient } from '../../reference/remoting/remoting-client.ts'
import type { RemotingCommand, RequestParts } from '../../reference/remoting/remoting-command.ts'
import { type TemporaryFolder, temporaryFolder } from '../support/temp.ts'
import { sendRequest } from './send-request.ts'

const ASK_TIMEOUT_MS = 1_000
/** The time between two tries: the precision of what is measured. */
const PROBE_EVERY_MS = 10

/** A client that sends single requests. */
export class Probe {
  readonly #folder: TemporaryFolder = temporaryFolder('probe')
  readonly #host: NodeHost = createNodeHost({ name: 'asker', directory: this.#folder.path })
  readonly #client = new RemotingClient(this.#host)

  /** Resolves with the answer, or with undefined when there is none within a second. */
  ask(address: string, request: RequestParts): Promise<RemotingCommand | undefined> {
    return new Promise((resolve) =>
      this.#client.invoke(address, request, ASK_TIMEOUT_MS, ({ response }) => resolve(response)),
    )
  }

  /** Resolves with true when the broker at `address` has stored a message, and with false when it has not for `withinMs`. */
  async untilStored(address: string, brokerName: string, withinMs: number): Promise<boolean> {
    let isStored = false
    const fields = { producerGroup: 'probe', topic: 'FailoverProbe', maxReconsumeTimes: 16, brokerName }
    const request = sendRequest(fields, new Uint8Array(1))
    for (const untilMs = Date.now() + withinMs; !isStored; await sleep(PROBE_EVERY_MS)) {
      if (Date.now() > untilMs) return false
      void this.ask(address, request).then((answer) => {
        isStored ||= answer?.code === 0
      })
    }
    return true
  }

  close(): void {
    this.#client.close()
    this.#host.dispose()
    this.#folder.remove()
  }
}
