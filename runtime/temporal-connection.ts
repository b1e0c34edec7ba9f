/** The part of the configuration that says how Temporal is reached. */
type Reached = {
  TEMPORAL_ADDRESS: string
  TEMPORAL_TLS: boolean
  TEMPORAL_TLS_CA?: string | undefined
  TEMPORAL_TLS_CERT?: string | undefined
  TEMPORAL_TLS_KEY?: string | undefined
  TEMPORAL_TLS_SERVER_NAME?: string | undefined
}

type Tls = {
  serverNameOverride?: string
  serverRootCACertificate?: Buffer
  clientCertPair?: { crt: Buffer; key: Buffer }
}

/** For the worker's own connection: address, and TLS when it is asked for. */
export function addressOf(config: Reached): { address: string; tls?: Tls } {
  const { TEMPORAL_TLS_CA: ca, TEMPORAL_TLS_CERT: crt, TEMPORAL_TLS_KEY: key } = config
  const name = config.TEMPORAL_TLS_SERVER_NAME
  const tls: Tls = {
    ...(name !== undefined && { serverNameOverride: name }),
    ...(ca !== undefined && { serverRootCACertificate: Buffer.from(ca) }),
    ...(crt !== undefined &&
      key !== undefined && { clientCertPair: { crt: Buffer.from(crt), key: Buffer.from(key) } }),
  }
  const isTls = config.TEMPORAL_TLS || Object.keys(tls).length > 0
  return { address: config.TEMPORAL_ADDRESS, ...(isTls && { tls }) }
}

/**
 * How API and sweep reach the Temporal server. The client looks for a server that was away ever more seldom, every two
 * minutes in the end; people would wait as long for one that is back. A proxy of the environment is for the way to the
 * internet; the worker's own connection does not know it either.
 */
export const connectionTo = (config: Reached) => ({
  ...addressOf(config),
  channelArgs: { 'grpc.max_reconnect_backoff_ms': 5_000, 'grpc.enable_http_proxy': 0 },
})
