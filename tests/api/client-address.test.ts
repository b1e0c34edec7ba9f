import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { clientAddress, networkOf } from '../../api/http/client-address.ts'

const addressOf = clientAddress(['127.0.0.1', '10.0.0.0/8', '2001:db8::/32'])
const request = (remoteAddress: string | undefined, forwarded?: string) => ({
  headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  socket: { remoteAddress } as Socket,
})

describe('the address of the client', () => {
  test.each([
    ['of a connection', '192.0.2.9', undefined, '192.0.2.9'],
    ['of a connection, also when its header names another', '192.0.2.9', '1.1.1.1', '192.0.2.9'],
    ['written as IPv6', '::ffff:192.0.2.9', undefined, '192.0.2.9'],
    ['without its zone', 'fe80::1%eth0', undefined, 'fe80::1'],
    ['of a connection that is gone', undefined, undefined, ''],
    ['by a trusted proxy', '::ffff:127.0.0.1', '1.2.3.4, 192.0.2.1', '192.0.2.1'],
    ['by several', '127.0.0.1', '203.0.113.4, 10.1.1.1, 2001:db8::5', '203.0.113.4'],
    ['of a trusted one itself', '127.0.0.1', '', '127.0.0.1'],
    ['the nearest when the list goes on with nonsense', '127.0.0.1', '192.0.2.1, x, 10.0.0.2', '10.0.0.2'],
    ['nonsense only', '127.0.0.1', 'garbage', '127.0.0.1'],
    ['a number', '127.0.0.1', '1', '127.0.0.1'],
    ['with a port', '127.0.0.1', '192.0.2.1:8080', '127.0.0.1'],
  ])('%s', (_, remote, forwarded, address) => {
    expect(addressOf(request(remote, forwarded))).toBe(address)
  })
})

test('one client is an IPv4 address or an IPv6 /64', () => {
  expect(networkOf('192.0.2.1')).toBe('192.0.2.1')
  expect(networkOf('2001:db8:1:2:3::4')).toBe('2001:db8:1:2::/64')
  expect(networkOf('2001:db8:1:2::')).toBe(networkOf('2001:db8:1:2:ffff:ffff:ffff:ffff'))
})
