/** Whose address a request comes from: the connection's, unless a proxy of ours forwards somebody else's. */
import { BlockList, isIP, isIPv6 } from 'node:net'
import type { IncomingMessage } from 'node:http'

export type AddressOf = (request: Pick<IncomingMessage, 'headers' | 'socket'>) => string

/**
 * Each proxy adds the address that called it at the end of X-Forwarded-For; so read backwards, the first one
 * that is no trusted proxy (`address` or `address/bits`) is the client. Everything before it anybody can write.
 */
export function clientAddress(trustedProxies: readonly string[]): AddressOf {
  const trusted = new BlockList()
  for (const network of trustedProxies) {
    const [address = '', bits] = network.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (bits === undefined) trusted.addAddress(address, family)
    else trusted.addSubnet(address, Number(bits), family)
  }
  const isTrusted = (address: string) => trusted.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
  return ({ headers, socket }) => {
    const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',')
    let address = plainAddress(socket.remoteAddress ?? '')
    while (isTrusted(address)) {
      const before = plainAddress((forwarded.pop() ?? '').trim())
      if (isIP(before) === 0) break
      address = before
    }
    return address
  }
}

/** `::ffff:192.0.2.1` is 192.0.2.1; a zone means nothing elsewhere. */
const plainAddress = (address: string): string =>
  address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')

/** What is counted as one client: an IPv4 address, or the /64 that one IPv6 customer has for itself. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const groups = (text: string) => text.split(':').filter((group) => group !== '')
  const after = groups(tail ?? '')
  const zeros = new Array<string>(8 - groups(head).length - after.length).fill('0')
  return `${[...groups(head), ...zeros, ...after].slice(0, 4).join(':')}::/64`
}
