/**
 * Makes names of a lab's nodes hold in real processes also where a node listens on every address or on another port.
 *
 * All nodes share one machine there. Two brokers that both listen on `0.0.0.0:10911` are two machines in the lab: the second
 * is moved to a free port, and both must be found under their own names. The launchers look names up in `lab-hosts.json`;
 * this backend writes that file from what each node said about itself:
 *
 * | node said                                  | the table says                                                      |
 * | ------------------------------------------ | ------------------------------------------------------------------- |
 * | wanted `0.0.0.0:10911`, is `0.0.0.0:41233`  | `broker-b:10911` and `broker-b:41233` are `127.0.0.1:41233`           |
 * | wanted `namesrv:9876`, is `127.0.0.1:9876`  | `namesrv:9876` is `127.0.0.1:9876`                                   |
 */

import { encodeUtf8 } from '../../reference/common/utf8.ts'
import { textField } from '../../reference/host/control.ts'
import { LineReader } from '../../reference/host/lines.ts'
import { splitAddress } from '../../reference/host/paths.ts'
import type { BackendProcess, ProcessBackend } from '../../reference/host/processes/process-backend.ts'

const LAB_HOSTS = 'lab-hosts.json'
const EVERY_ADDRESS = '0.0.0.0'
const LOOPBACK = '127.0.0.1'

/** A backend that keeps `lab-hosts.json` by node. */
export class NamedBackend implements ProcessBackend {
  readonly #inner: ProcessBackend
  /** By node, then by the name others may use: where it really listens. */
  readonly #listening = new Map<string, Map<string, string>>()

  constructor(inner: ProcessBackend) {
    this.#inner = inner
  }

  spawn(launcherArguments: readonly string[], onText: (text: string) => void): BackendProcess {
    const name = option(launcherArguments, '--name')
    const token = option(launcherArguments, '--token')
    if (name === '' || token === '') return this.#inner.spawn(launcherArguments, onText)
    const addresses = new Map<string, string>()
    this.#listening.set(name, addresses)
    const reader = new LineReader('log', token, (line) => {
      if (line.kind === 'listening') note(addresses, name, textField(line, 'wanted'), textField(line, 'address'))
    })
    return this.#inner.spawn(launcherArguments, (text) => {
      reader.read(text) // first: the table must be up to date when the cluster writes it
      onText(text)
    })
  }

  readFile(path: string): Promise<Uint8Array | undefined> {
    return this.#inner.readFile(path)
  }

  writeFile(path: string, bytes: Uint8Array): Promise<void> {
    return this.#inner.writeFile(path, path === LAB_HOSTS ? this.#table() : bytes)
  }

  listFiles(directory: string): Promise<readonly { path: string; sizeBytes: number }[]> {
    return this.#inner.listFiles(directory)
  }

  dispose(): Promise<void> {
    return this.#inner.dispose()
  }

  #table(): Uint8Array {
    const all = [...this.#listening.values()].flatMap((addresses) => [...addresses])
    return encodeUtf8(`${JSON.stringify(Object.fromEntries(all), null, 2)}\n`)
  }
}

function option(args: readonly string[], name: string): string {
  const at = args.indexOf(name)
  return at < 0 ? '' : (args[at + 1] ?? '')
}

function note(addresses: Map<string, string>, node: string, wanted: string, address: string): void {
  const said = splitAddress(wanted)
  const real = splitAddress(address)
  if (said === undefined || real === undefined) return
  const target = `${real.host === EVERY_ADDRESS ? LOOPBACK : real.host}:${real.port}`
  const host = said.host === EVERY_ADDRESS || said.host === '' ? node : said.host
  addresses.set(`${host}:${said.port}`, target)
  addresses.set(`${node}:${real.port}`, target) // the port the program itself knows
}
