/** The identity provider (人遗系统): OpenID Connect, code flow with PKCE, state and nonce (R1, R2). */
import { createRemoteJWKSet, decodeJwt, jwtVerify, type JWTVerifyGetKey } from 'jose'
import * as oidc from 'openid-client'
import { z } from 'zod'
import type { Person } from '../../db/sessions.ts'
import type { ApiConfig } from '../../runtime/config.ts'
import { roles, unitPathOf } from '../../domain/accounts.ts'

type Started = { url: URL; state: string; nonce: string; codeVerifier: string }
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

const unitStep = z.object({ id: z.string().min(1), name: z.string().min(1) })
const Claims = z.object({
  sub: z.string().min(1),
  name: z.string().min(1),
  phone_number: z.string().default(''),
  email: z.string().default(''),
  unit: unitStep.extend({ path: z.array(unitStep).default([]) }).nullish(),
  unit_authorised: z.boolean().default(false),
  role: z.enum(roles),
  sid: z.string().optional(),
})

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
      const claims = await personalClaims(provider, tokens)
      const { id_token: idToken = '' } = tokens
      return { person: personOf(config.OIDC_PROVIDER, claims), idToken, providerSession: claims.sid ?? null }
    },

    endSession: async (idToken) => {
      const { provider } = await connected()
      if (provider.serverMetadata().end_session_endpoint === undefined) return null
      return oidc.buildEndSessionUrl(provider, {
        post_logout_redirect_uri: new URL('/?signin=signedout', config.PUBLIC_URL).href,
        ...(isNameless(idToken) && { id_token_hint: idToken }),
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
 * R59: no personal data in an address. With more than ids in its ID token, the provider finds out by its own
 * cookie who signs out, and may ask. (A POST would hide the token, but come without that cookie.)
 */
const isNameless = (idToken: string): boolean => {
  const claims = decodeJwt(idToken)
  return !['name', 'phone_number', 'email', 'preferred_username'].some((claim) => claim in claims)
}

const LogoutToken = z
  .object({
    sub: z.string().optional(),
    sid: z.string().optional(),
    events: z.object({ 'http://schemas.openid.net/event/backchannel-logout': z.object({}) }),
    nonce: z.never().optional(), // an ID token must not pass for a logout token
  })
  .refine(({ sub, sid }) => sub !== undefined || sid !== undefined)

/** Providers put claims into the ID token or behind the userinfo address; both are ours to read. */
async function personalClaims(
  provider: oidc.Configuration,
  tokens: Awaited<ReturnType<typeof oidc.authorizationCodeGrant>>,
): Promise<z.infer<typeof Claims>> {
  const inToken = tokens.claims()
  const first = Claims.safeParse(inToken)
  if (first.success) return first.data
  if (!inToken || provider.serverMetadata().userinfo_endpoint === undefined) throw new NoRole()
  const more = await oidc.fetchUserInfo(provider, tokens.access_token, inToken.sub)
  const second = Claims.safeParse({ ...inToken, ...more })
  if (!second.success) throw new NoRole()
  return second.data
}

function personOf(provider: string, claims: z.infer<typeof Claims>): Person {
  return {
    provider,
    subject: claims.sub,
    name: claims.name,
    phone: claims.phone_number,
    email: claims.email,
    role: claims.role,
    unitAuthorised: claims.unit_authorised,
    unitPath: unitPathOf(claims.unit),
  }
}

const isLocal = (issuer: URL): boolean =>
  issuer.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(issuer.hostname)
