import { getSession } from '../contracts/session.ts'
import { type Api, mount } from '../http/mount.ts'

export function mountSession(api: Api): void {
  mount(api, getSession, {}, ({ actor }) =>
    Promise.resolve({
      status: 200,
      body: {
        account: {
          id: actor.accountId,
          name: actor.name,
          email: actor.email,
          role: actor.role,
          unit: actor.unit,
          unitAuthorised: actor.unitAuthorised,
        },
        idleEndsAt: actor.idleEndsAt.toISOString(),
        endsAt: actor.endsAt.toISOString(),
        serverNow: new Date(actor.now()).toISOString(),
      },
    }),
  )
}
