import { randomBytes } from 'node:crypto'
import type { GraphQLSchema } from 'graphql'
import { currentUser } from '../../auth/logins/caller.ts'
import { staffExpiry } from '../../auth/logins/staff-expiry.ts'
import type { StaffExpiryOptions } from '../../auth/logins/staff-expiry.ts'
import type { RequestRoster } from '../../auth/roster/roster.ts'
import type { User } from '../../auth/users/user.ts'
import { sendAsset } from '../../http/asset.ts'
import type { Exchange } from '../../http/exchange.ts'
import { carriesCookie } from '../../session/cookie/cookie.ts'
import { losesCookie } from '../../session/cookie/unkept.ts'
import type { WithSession } from '../../session/serve.ts'
import { loadAssets } from './assets.ts'
import type { GraphiqlAssets } from './assets.ts'
import { sendPage } from './page.ts'
import { askToSignIn } from './sign-in.ts'
import { tabsFor } from './tabs.ts'
import type { Newcomer } from './tabs.ts'

/** How to serve GraphiQL. */
export interface GraphiqlOptions extends StaffExpiryOptions {
  readonly production: boolean
  /** Does our own server have the staff's pages beside the API? */
  readonly hasAdmin: boolean
  readonly cookie: {
    /** Do browsers send the session cookie over HTTPS only? */
    readonly secure: boolean
  }
}

/** What the page needs. */
export interface GraphiqlParts {
  readonly withSession: WithSession<RequestRoster>
  /** The longest idle time that a visitor may ask for, in seconds. */
  readonly longestExpiry: number
}

/** GraphiQL: a page, and the files that belong to it, which browsers keep. */
export interface Graphiql {
  /** Answers a request for the page or its files; false for any other. */
  serve(exchange: Exchange): Promise<boolean>
}

/**
 * The GraphiQL page: it loads nothing from other servers, runs only its own scripts, brings the schema, and asks the address
 * that it was loaded from, under any prefix of a proxy. The first request for it loads and compresses its 2 MB. In production
 * it is for staff: the page asks other visitors to sign in.
 */
export function createGraphiql(
  schema: GraphQLSchema,
  { withSession, longestExpiry }: GraphiqlParts,
  { production, hasAdmin, cookie, ...ages }: GraphiqlOptions,
): Graphiql {
  const idle = staffExpiry(ages)
  const age = idle && Math.min(idle, longestExpiry) // a longer one is refused
  let loading: Promise<GraphiqlAssets> | null = null
  const load = () => (loading ??= loadAssets(schema))

  return {
    async serve(exchange) {
      const { request } = exchange
      if (request.method !== 'GET') return false
      const wanted = /[?&]graphiql=([\w.-]+)$/.exec(request.url ?? '')?.[1]
      const isPage = wanted === undefined && request.headers.accept?.includes('text/html') === true
      if (wanted === undefined && !isPage) return false
      const caller = production ? await userOf(exchange) : null
      if (production && !caller?.isStaff) return isPage && refuse(exchange, caller)
      const assets = await load()
      if (wanted !== undefined)
        return sendAsset(exchange, assets.byName.get(wanted), keptBy(exchange))
      const tabs = tabsFor(schema, production ? null : makeUpNewcomer())
      sendPage(exchange, assets, { tabs, isForStaff: production })
      return true
    },
  }

  /** Only the browsers of staff may keep files for staff. Looking at their session may have renewed its cookie. */
  function keptBy(exchange: Exchange) {
    if (!production) return 'public'
    return carriesCookie(exchange) ? null : 'private'
  }

  async function userOf(exchange: Exchange): Promise<User | null> {
    return withSession(exchange, (visit) => currentUser(visit))
  }

  function refuse(exchange: Exchange, user: User | null): true {
    return askToSignIn(exchange, {
      age,
      isSignedIn: user !== null,
      // Only a host knows where it has mounted those pages.
      admin: hasAdmin && exchange.hosted === null ? 'admin?page=sign-in' : null,
      losesCookie: losesCookie(exchange, cookie),
    })
  }
}

function makeUpNewcomer(): Newcomer {
  return {
    username: `ada-${randomBytes(3).toString('hex')}`,
    password: randomBytes(12).toString('base64url'),
    nextPassword: randomBytes(12).toString('base64url'),
  }
}
