/** The identity provider (人遗系统): OpenID Connect, code flow with PKCE, state and nonce (R1, R2). */
import { createRemoteJWKSet, decodeJwt, jwtVerify, type JWTVerifyGetKey } from 'jose'
import * as oidc from 'openid-client'
import { z } from 'zod'
import type { Person } from '../../db/sessions.ts'
import type { ApiConfig } from '../../runtime/config.ts'
import { readId, readPerson, type PersonClaims } from '../../domain/accounts.ts'

type Started = { url: URL; state: string; nonce: string; codeVerifier: string }
/** `idToken`: '' when it names a person. */
export type Finished = { person: Person; idToken: string; providerSession: string | null }
export type Identity = {
  /** Throws when the provider cannot be reached; the next call asks again. */
  begin: () => Promise<Started>
  /** Exchanges the code. Throws the library's errors, or NoRole when the claims are not those of a person of ours. */
  finish: (
    query: string,
    expected: { state: string; nonce: string; codeVerifier: string },
  ) => Promise<Finished>
  /** Where a person also signs out there; null when the provider has no such page. */
  endSession: (idToken: string) => Promise<URL | null>
  /** Back-Channel Logout 1.0 §2.6: whose sessions to end. Throws for a token that is not a valid one. */
  readLogoutToken: (token: string) => Promise<{ subject: string | null; providerSession: string | null }>
}

export class NoRole extends Error {}

export function connectIdentity(config: ApiConfig): Identity {
  const redirectUri = new URL('/auth/callback', config.PUBLIC_URL).href
  let known: ReturnType<typeof discover> | undefined

  /** Asked at the first sign-in, not at the start: the provider may come up after us. */
  const connected = () => {
    known ??= discover(config).catch((error: unknown) => {
      known = undefined
      throw error
    })
    return known
  }

  return {
    begin: async () => {
      const { provider } = await connected()
      const codeVerifier = oidc.randomPKCECodeVerifier()
      const state = oidc.randomState()
      const nonce = oidc.randomNonce()
      const url = oidc.buildAuthorizationUrl(provider, {
        redirect_uri: redirectUri,
        scope: 'openid profile email phone',
        state,
        nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
      })
      return { url, state, nonce, codeVerifier }
    },

    finish: async (query, { state, nonce, codeVerifier }) => {
      const { provider } = await connected()
      const tokens = await oidc.authorizationCodeGrant(provider, new URL(query, redirectUri), {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: codeVerifier,
        idTokenExpected: true,
      })
      const claims = await readClaims(provider, tokens)
      const { id_token: idToken = '' } = tokens
      return {
        person: { ...claims, provider: config.OIDC_PROVIDER },
        idToken: namelessOnly(idToken),
        providerSession: readId(tokens.claims()?.['sid']) ?? null,
      }
    },

    endSession: async (idToken) => {
      const { provider } = await connected()
      if (provider.serverMetadata().end_session_endpoint === undefined) return null
      return oidc.buildEndSessionUrl(provider, {
        post_logout_redirect_uri: new URL('/?signin=signedout', config.PUBLIC_URL).href,
        ...(idToken !== '' && { id_token_hint: idToken }),
      })
    },

    readLogoutToken: async (token) => {
      const { provider, keys } = await connected()
      const { payload } = await jwtVerify(token, keys, {
        issuer: provider.serverMetadata().issuer,
        audience: config.OIDC_CLIENT_ID,
        requiredClaims: ['iat', 'jti', 'events'],
        // Ending a session twice does no harm. A clock that is wrong by minutes must not keep a session alive.
        maxTokenAge: '5m',
        clockTolerance: '15m',
      })
      const { sub, sid } = LogoutToken.parse(payload)
      return { subject: sub ?? null, providerSession: sid ?? null }
    },
  }
}

/** The provider as it describes itself, and its keys. */
async function discover(config: ApiConfig): Promise<{ provider: oidc.Configuration; keys: JWTVerifyGetKey }> {
  const issuer = new URL(config.OIDC_ISSUER)
  const provider = await oidc.discovery(
    issuer,
    config.OIDC_CLIENT_ID,
    config.OIDC_CLIENT_SECRET,
    oidc.ClientSecretPost(config.OIDC_CLIENT_SECRET),
    {
      timeout: 5,
      execute: [oidc.enableNonRepudiationChecks, ...(isLocal(issuer) ? [oidc.allowInsecureRequests] : [])],
    },
  )
  const { jwks_uri: jwks } = provider.serverMetadata()
  if (jwks === undefined) throw new Error('The identity provider names no keys')
  return { provider, keys: createRemoteJWKSet(new URL(jwks), { timeoutDuration: 5_000 }) }
}

/**
 * R59: no personal data in an address, so only a token without any is kept, for the hint at signing out. Without one the
 * provider finds out by its own cookie who signs out, and may ask. (A POST would hide a token, but come without that cookie.)
 */
const namelessOnly = (idToken: string): string =>
  Object.keys(decodeJwt(idToken)).every((claim) => namelessClaims.has(claim)) ? idToken : ''
const namelessClaims = new Set([
  ...['iss', 'sub', 'aud', 'exp', 'iat', 'nbf', 'jti', 'auth_time', 'nonce', 'acr', 'amr', 'azp', 'sid'],
  ...['at_hash', 'c_hash', 's_hash', 'role', 'unit', 'unit_authorised'],
])

const LogoutToken = z
  .object({
    sub: z.string().optional(),
    sid: z.string().optional(),
    events: z.object({ 'http://schemas.openid.net/event/backchannel-logout': z.object({}) }),
    nonce: z.never().optional(), // an ID token must not pass for a logout token
  })
  .refine(({ sub, sid }) => sub !== undefined || sid !== undefined)

/** Providers put claims into the ID token or behind the userinfo address; both are ours to read. */
async function readClaims(
  provider: oidc.Configuration,
  tokens: Awaited<ReturnType<typeof oidc.authorizationCodeGrant>>,
): Promise<PersonClaims> {
  const inToken = tokens.claims()
  const first = inToken && readPerson(inToken)
  if (first) return first
  if (!inToken || provider.serverMetadata().userinfo_endpoint === undefined) throw new NoRole()
  const more = await oidc.fetchUserInfo(provider, tokens.access_token, inToken.sub)
  const second = readPerson({ ...inToken, ...more })
  if (!second) throw new NoRole()
  return second
}

const isLocal = (issuer: URL): boolean =>
  issuer.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(issuer.hostname)
