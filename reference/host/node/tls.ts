/**
 * Encrypted connections on the same ports as plain connections. The first byte of a connection shows its kind:
 *
 * ```
 * first byte 0x16 ─► a TLS handshake      any other first byte ─► the start of a frame's length
 * ```
 *
 * | tls.server.mode | a plain client   | a TLS client                  |
 * | --------------- | ---------------- | ----------------------------- |
 * | disabled        | is served        | is closed, because its bytes are not a frame |
 * | permissive      | is served        | is served                     |
 * | enforcing       | is closed        | is served                     |
 *
 * The settings have the names of RocketMQ's `tls.properties`. The settings of servers are `tls.server.mode`,
 * `tls.server.certPath`, `tls.server.keyPath`, `tls.server.keyPassword`, `tls.server.trustCertPath` and
 * `tls.server.authClient`. The settings of clients are `tls.enable`, `tls.client.trustCertPath`, `tls.client.authServer`,
 * `tls.client.certPath`, `tls.client.keyPath` and `tls.client.keyPassword`.
 *
 * In RocketMQ, the default mode is `permissive` with a certificate that is created at the start. Unlike RocketMQ's servers,
 * a GlassMQ server uses TLS only when a certificate is configured. RocketMQ: `TlsHelper`, `TlsSystemConfig`,
 * `NettyRemotingServer.TlsModeHandler`.
 */
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { createSecureContext, type SecureContext, type SecureContextOptions, TLSSocket } from 'node:tls'
import { ConfigError, type Settings } from '../../common/properties-file.ts'

const HANDSHAKE = 0x16
/** With TLS, an accepted connection that sends no byte within this time is closed. */
const FIRST_BYTE_WITHIN_MS = 10_000

/** Decides which clients a server accepts. The table above explains each mode. */
export type TlsMode = 'disabled' | 'permissive' | 'enforcing'

/** The TLS settings of a server, with its mode and its certificate. */
export interface TlsServer {
  readonly mode: TlsMode
  readonly context: SecureContext
  /** True to refuse clients without a trusted certificate. */
  readonly authClient: boolean
}

/** The TLS settings of a client. */
export interface TlsClient {
  readonly options: SecureContextOptions
  /** True to refuse servers without a trusted certificate. */
  readonly authServer: boolean
}

/**
 * Returns the TLS settings of a server, or undefined when TLS is disabled. Without a certificate, the default mode is
 * disabled. Throws `ConfigError` when a setting is not valid, when a file cannot be used, or when a mode other than
 * disabled has no certificate.
 */
export function tlsServer(settings: Settings): TlsServer | undefined {
  const options = keysOf(settings, 'tls.server')
  const mode = settings.oneOf<TlsMode>('tls.server.mode', options === undefined ? 'disabled' : 'permissive', [
    'disabled',
    'permissive',
    'enforcing',
  ])
  if (mode === 'disabled') return undefined
  if (options?.cert === undefined)
    throw new ConfigError(`tls.server.mode is ${mode}: set tls.server.certPath and tls.server.keyPath to PEM files`)
  return { mode, context: contextOf(options), authClient: settings.flag('tls.server.authClient', false) }
}

/**
 * Returns the TLS settings of a client, or undefined when `tls.enable` is not true. Throws `ConfigError` when a setting is
 * not valid, or when a file cannot be used.
 */
export function tlsClient(settings: Settings): TlsClient | undefined {
  if (!settings.flag('tls.enable', false)) return undefined
  const options = keysOf(settings, 'tls.client') ?? {}
  contextOf(options)
  return { options, authServer: settings.flag('tls.client.authServer', false) }
}

function keysOf(settings: Settings, prefix: string): SecureContextOptions | undefined {
  const read = (name: string) => {
    const path = settings.text(`${prefix}.${name}`, '')
    if (path === '') return undefined
    try {
      return readFileSync(path)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      throw new ConfigError(`${prefix}.${name} is ${path}, which cannot be read (${code})`)
    }
  }
  const [cert, key, ca] = [read('certPath'), read('keyPath'), read('trustCertPath')]
  const passphrase = settings.text(`${prefix}.keyPassword`, '')
  if (cert === undefined && ca === undefined) return undefined
  return {
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(ca === undefined ? {} : { ca }),
    ...(passphrase === '' ? {} : { passphrase }),
  }
}

function contextOf(options: SecureContextOptions): SecureContext {
  try {
    return createSecureContext(options)
  } catch (error) {
    throw new ConfigError(`the certificate or its key cannot be used: ${(error as Error).message}`)
  }
}

// #region tell-tls
/**
 * Looks at the first byte of a connection. Calls `use` with the plain or the encrypted socket. Closes a refused connection.
 */
export function acceptTls(
  socket: Socket,
  { mode, context, authClient }: TlsServer,
  use: (socket: Socket) => void,
): void {
  const limit = setTimeout(() => socket.destroy(), FIRST_BYTE_WITHIN_MS)
  const refused = () => socket.destroy()
  socket.on('error', refused)
  socket.once('close', () => clearTimeout(limit))
  socket.once('readable', () => {
    clearTimeout(limit)
    const first: Buffer | null = socket.read(1)
    if (first === null) return // the peer closed without sending a byte
    socket.unshift(first)
    if (first[0] !== HANDSHAKE) {
      if (mode === 'enforcing') return refused()
      socket.off('error', refused)
      return use(socket)
    }
    const secured = new TLSSocket(socket, {
      isServer: true,
      secureContext: context,
      requestCert: authClient,
      rejectUnauthorized: authClient,
    })
    use(secured)
  })
}
// #endregion tell-tls
