/**
 * A NameServer, a controller and two brokers of one broker name, in real processes of one make. A master can be killed or
 * frozen, and afterwards healed.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { brokerReplicasInfoShape, type ReplicasInfo } from '../../reference/remoting/bodies/controller.ts'
import { decodeJsonBody, encodeJsonBody } from '../../reference/remoting/bodies/json-body.ts'
import { RequestCode } from '../../reference/remoting/request-code.ts'
import { glassmqBroker, glassmqControllers, glassmqNameServer } from '../interop/glassmq.ts'
import {
  type BrokerProcess,
  officialBroker,
  officialController,
  officialNameServer,
  type ServerProcess,
} from '../interop/peers.ts'
import { freePort } from '../support/ports.ts'
import { Probe } from './probe.ts'

/** The makes that are compared. */
export const MAKES = ['glassmq', '5.3'] as const
export type Make = (typeof MAKES)[number]

/** `kill` is kill -9: connections close. `stop` is SIGSTOP: nothing closes, and the frozen master continues later. */
export type Fault = 'kill' | 'stop'

const NAME = 'failover-broker'
const REPLICAS = 2
const IN_SYNC_WITHIN_MS = 180_000
const ELECTED_WITHIN_MS = 60_000

/** One running cluster. */
export class FailoverCluster {
  readonly make: Make
  readonly namesrv: string
  readonly #controller: ServerProcess
  readonly #nameServer: ServerProcess
  readonly #probe = new Probe()
  #brokers: BrokerProcess[] = []

  private constructor(make: Make, nameServer: ServerProcess, controller: ServerProcess) {
    this.make = make
    this.namesrv = nameServer.address
    this.#nameServer = nameServer
    this.#controller = controller
  }

  /** Starts the processes. Resolves when both replicas are in the in-sync set. */
  static async start(make: Make): Promise<FailoverCluster> {
    const isOurs = make === 'glassmq'
    const nameServer = isOurs ? await glassmqNameServer() : await officialNameServer({ version: make, tuning: 'full' })
    const controller = isOurs ? (await glassmqControllers(1))[0]! : await officialController()
    const cluster = new FailoverCluster(make, nameServer, controller)
    const { namesrv } = cluster
    try {
      for (let i = 0; i < REPLICAS; i++) {
        const config = {
          brokerName: NAME,
          enableControllerMode: true,
          controllerAddr: controller.address,
          allAckInSyncStateSet: true,
          haListenPort: await freePort(),
        }
        const broker = isOurs
          ? glassmqBroker({ namesrv, config })
          : officialBroker({ version: make, namesrv, config, tuning: 'full' })
        cluster.#brokers.push(await broker)
        if (i === 0) await cluster.#untilReplicas(1)
      }
      await cluster.untilInSync()
      return cluster
    } catch (error) {
      await cluster.kill()
      throw error
    }
  }

  /** The address of the elected master. */
  async masterAddress(): Promise<string> {
    return (await this.#replicas())?.masterAddress ?? ''
  }

  /** Resolves when all replicas are in the in-sync set. */
  untilInSync(): Promise<void> {
    return this.#untilReplicas(REPLICAS)
  }

  async #untilReplicas(count: number): Promise<void> {
    for (const untilMs = Date.now() + IN_SYNC_WITHIN_MS; Date.now() < untilMs; await sleep(200)) {
      const replicas = await this.#replicas()
      if (replicas?.masterAddress !== undefined && replicas.inSyncReplicas.length >= count) return
    }
    throw new Error(`${this.make}: there are not ${count} replicas in the in-sync set after ${IN_SYNC_WITHIN_MS} ms`)
  }

  async #replicas(): Promise<ReplicasInfo | undefined> {
    const request = { code: RequestCode.CONTROLLER_GET_SYNC_STATE_DATA, body: encodeJsonBody([NAME]) }
    const answer = await this.#probe.ask(this.#controller.address, request)
    if (answer?.code !== 0) return undefined
    return decodeJsonBody('GET_SYNC_STATE_DATA', answer.body, brokerReplicasInfoShape).replicasInfoTable.get(NAME)
  }

  /**
   * Kills or freezes the master. `electedMs` resolves with the ms until the other replica has stored a message that is sent to
   * its address: election and promotion, without the part of the clients.
   */
  async fail(fault: Fault): Promise<Failed> {
    const address = await this.masterAddress()
    const master = this.#brokers.find((broker) => broker.address === address)
    const other = this.#brokers.find((broker) => broker.address !== address)
    if (master === undefined || other === undefined) throw new Error(`${this.make}: ${address} is not a broker here`)
    const atMs = Date.now()
    if (fault === 'stop') process.kill(master.pid, 'SIGSTOP')
    const ended = fault === 'kill' ? master.kill() : Promise.resolve()
    const electedMs = this.#untilStored(other.address).then(() => Date.now() - atMs)
    await ended
    return {
      atMs,
      electedMs: await electedMs,
      heal: async () => {
        if (fault === 'stop') process.kill(master.pid, 'SIGCONT')
        else this.#brokers = [other, await master.startAgain()]
        await this.untilInSync()
      },
    }
  }

  async #untilStored(address: string): Promise<void> {
    if (!(await this.#probe.untilStored(address, NAME, ELECTED_WITHIN_MS)))
      throw new Error(`${this.make}: no new master after ${ELECTED_WITHIN_MS} ms`)
  }

  /** Ends all processes. */
  async kill(): Promise<void> {
    this.#probe.close()
    await Promise.all([...this.#brokers, this.#controller, this.#nameServer].map((server) => server.kill()))
  }
}

/** A master that was killed or frozen. */
export interface Failed {
  readonly atMs: number
  /** From the fault until the new master stored a message. */
  readonly electedMs: number
  /** Starts or wakes the old master; resolves when it is in the in-sync set again. */
  heal(): Promise<void>
}
