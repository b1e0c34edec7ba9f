/** What an institute's environment says of proxies is for the way out: our own processes are on this machine. */

const LOOPBACK = 'localhost,127.0.0.1,::1'
/** Each reader has its own spelling; gRPC has its own variable. */
const NAMES = ['no_proxy', 'NO_PROXY', 'no_grpc_proxy'] as const

/** The same environment, with the loopback excepted from every proxy. */
export function withLoopbackDirect(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const excepted = env.no_proxy || env.NO_PROXY
  const all = excepted ? `${excepted},${LOOPBACK}` : LOOPBACK
  const set = NAMES.map((name) => [
    name,
    name === 'no_grpc_proxy' && env[name] ? `${env[name]},${LOOPBACK}` : all,
  ])
  return { ...env, ...(Object.fromEntries(set) as NodeJS.ProcessEnv) }
}
