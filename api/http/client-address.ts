/** The address that a request comes from: the connection's, or the one that a trusted proxy forwards. */
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import proxyAddr from 'proxy-addr'

/** The library reads no more of a request, but asks for a whole one. */
type Caller = Pick<IncomingMessage, 'headers' | 'socket'>
export type AddressOf = (request: Caller) => string

/**
 * Each proxy adds the address that called it at the end of X-Forwarded-For; so read backwards, the first one
 * that is no trusted proxy (`address` or `address/bits`) is the client. The client can write the
 * entries before it itself, so they prove nothing.
 */
export function clientAddress(trustedProxies: readonly string[]): AddressOf {
  const isTrusted = proxyAddr.compile([...trustedProxies])
  return (request) => {
    // An entry that is no address ends the list: then the proxy that added it counts as the client.
    const address = proxyAddr
      .all(request as IncomingMessage, isTrusted)
      .findLast((each) => isIP(each ?? '') !== 0)
    return address === undefined ? '' : plainAddress(address)
  }
}

/** `::ffff:192.0.2.1` is 192.0.2.1; a zone means nothing elsewhere. */
const plainAddress = (address: string): string => ipaddr.process(address.replace(/%.*$/, '')).toString()

/** What is counted as one client: an IPv4 address, or the /64 that one IPv6 customer has for itself. */
export function networkOf(address: string): string {
  if (!ipaddr.IPv6.isValid(address)) return address
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${address}/64`).toString()}/64`
}
