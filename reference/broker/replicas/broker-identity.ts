/**
 * The files with the id that the controllers have given to this broker.
 *
 * | file                  | content                          | meaning                                          |
 * | --------------------- | -------------------------------- | ------------------------------------------------ |
 * | `brokerIdentity-temp` | `cluster#name#1#address;time`    | the broker has asked for the id 1, with this check code |
 * | `brokerIdentity`      | `cluster#name#1`                 | the broker has the id 1                          |
 *
 * The check code is durable before it is sent. So a broker that crashes before the answer asks again with the same code, and
 * receives the same id.
 *
 * RocketMQ: `BrokerMetadata`, `TempBrokerMetadata`.
 */
import { decodeUtf8, encodeUtf8 } from '../../common/utf8.ts'
import { attempt } from '../../host/disk-attempt.ts'
import { type Disk, DiskError } from '../../host/host.ts'
import { replaceFile } from '../../host/replace-file.ts'
import { StoreError } from '../../store/store-error.ts'

/** The id that a broker has asked for. */
export interface AppliedId {
  readonly brokerId: number
  readonly checkCode: string
}

/** The id of one broker. */
export class BrokerIdentity {
  readonly #disk: Disk
  readonly #path: string
  readonly #who: string
  /** The id of this broker, or 0 while it has no id. */
  brokerId = 0
  /** The id that the broker has asked for, without an answer yet. */
  applied: AppliedId | undefined

  /** `path` is the path of the file `brokerIdentity`. */
  constructor(disk: Disk, path: string, clusterName: string, brokerName: string) {
    this.#disk = disk
    this.#path = path
    this.#who = `${clusterName}#${brokerName}`
  }

  /** Reads the files. Throws `StoreError` when they belong to another broker name or cluster. */
  load(): void {
    const [id] = this.#read(this.#path) ?? []
    if (id !== undefined) this.brokerId = id
    const [appliedId, checkCode] = this.#read(`${this.#path}-temp`) ?? []
    if (this.brokerId === 0 && appliedId !== undefined && checkCode !== undefined)
      this.applied = { brokerId: appliedId, checkCode }
  }

  #read(path: string): readonly [number, string | undefined] | undefined {
    const sizeBytes = this.#disk.sizeBytes(path)
    if (sizeBytes <= 0) return undefined
    const file = this.#disk.open(path)
    const text = decodeUtf8(this.#disk.read(file, 0, sizeBytes)).trim()
    this.#disk.close(file)
    const [cluster, name, id, checkCode] = text.split('#')
    if (!/^[1-9]\d{0,9}$/.test(id ?? '')) return undefined
    if (`${cluster}#${name}` !== this.#who)
      throw new StoreError(
        `${path} says that this store belongs to ${cluster}#${name}, but the settings say ${this.#who}: use the settings of the store, or another storePathRootDir`,
      )
    return [Number(id), checkCode]
  }

  /** Stores the id and the check code that will be sent. Calls `done` with '' when they are durable, or with the failure. */
  apply(applied: AppliedId, done: (error: string) => void): void {
    const text = `${this.#who}#${applied.brokerId}#${applied.checkCode}`
    replaceFile(this.#disk, `${this.#path}-temp`, encodeUtf8(text), false, (error) => {
      if (error === '') this.applied = applied
      done(error)
    })
  }

  /** Called when the controllers have given the id to another broker. This broker must then ask for another id. */
  forgetApplied(): void {
    this.applied = undefined
  }

  /**
   * Called when the controllers have given the id to this broker. Calls `done` with '' when the id is durable, or with the
   * reason of a failure.
   */
  own(brokerId: number, done: (error: string) => void): void {
    replaceFile(this.#disk, this.#path, encodeUtf8(`${this.#who}#${brokerId}`), false, (error) => {
      if (error !== '') return done(error)
      this.brokerId = brokerId
      this.applied = undefined
      done(attempt(() => this.#disk.remove(`${this.#path}-temp`)))
    })
  }
}

/** Reads the identity. Throws `StoreError` with a sentence when the files cannot be used. */
export function loadIdentity(identity: BrokerIdentity): void {
  try {
    identity.load()
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    throw new StoreError(`the identity of this broker cannot be read: ${error.message}`)
  }
}
