/** A node that sends any request to a broker, as a foreign client could, and tells what was answered. */
import type { Cluster } from '../../reference/host/cluster.ts'
import type { Program } from '../../reference/host/program.ts'
import { RemotingClient } from '../../reference/remoting/remoting-client.ts'

/** One request; `to` is `broker-a:10911` unless it says otherwise. */
export interface RawRequest {
  readonly to?: string
  readonly code: number
  readonly extFields?: Readonly<Record<string, string>>
  readonly body?: string
  /** Nothing is answered. */
  readonly oneway?: boolean
}

export interface RawAnswer {
  /** The response code; -1 when there was no answer. */
  readonly code: number
  readonly remark: string
  readonly extFields: Readonly<Record<string, string>>
  readonly body: string
  readonly bodyBytes: number
}

export const rawClient: Program = (host, _args, signals) => {
  const remoting = new RemotingClient(host)
  host.application.serve((_name, text, answer) => {
    const { to = 'broker-a:10911', code, extFields = {}, body, oneway } = JSON.parse(text) as RawRequest
    const parts = { code, extFields, ...(body === undefined ? {} : { body: new TextEncoder().encode(body) }) }
    const tell = (result: RawAnswer) => answer(JSON.stringify(result))
    if (oneway === true) {
      remoting.invokeOneway(to, parts, () => tell({ code: 0, remark: '', extFields: {}, body: '', bodyBytes: 0 }))
      return
    }
    remoting.invoke(to, parts, 5_000, ({ response, error }) =>
      tell({
        code: response?.code ?? -1,
        remark: response?.remark ?? error?.message ?? '',
        extFields: response?.extFields ?? {},
        body: new TextDecoder().decode(response?.body),
        bodyBytes: response?.body?.length ?? 0,
      }),
    )
  })
  host.clock.after(0, () => signals.ready())
  return {
    stop(done) {
      remoting.close()
      host.clock.after(0, done)
    },
  }
}

/** Sends one request from a `raw-client` node. */
export async function invoke(cluster: Cluster, node: string, request: RawRequest): Promise<RawAnswer> {
  return JSON.parse(await cluster.call(node, 'invoke', JSON.stringify(request))) as RawAnswer
}
