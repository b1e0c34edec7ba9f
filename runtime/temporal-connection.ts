/**
 * How API and sweep reach the Temporal server. The client looks for a server that was away ever more seldom, every two
 * minutes in the end; people would wait as long for one that is back.
 */
export const connectionTo = (address: string) => ({
  address,
  channelArgs: { 'grpc.max_reconnect_backoff_ms': 5_000 },
})
