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

/** How GraphiQL is served. */
export interface GraphiqlOptions extends StaffExpiryOptions {
  readonly production: boolean
  /** Does our own server have the staff's pages beside the API? */
  readonly hasAdmin: boolean
  readonly cookie: {
    /** Is the session cookie for HTTPS alone? */
    readonly secure: boolean
  }
}

/** What the page works with. */
export interface GraphiqlParts {
  readonly withSession: WithSession<RequestRoster>
  /** The longest idle time that a visitor may ask for, in seconds. */
  readonly longestExpiry: number
}

/** GraphiQL: a page, and the files that belong to it, which browsers keep. */
export interface Graphiql {
  /** Answers the request where it is for the page or what belongs to it; false where it is not. */
  serve(exchange: Exchange): Promise<boolean>
}

/**
 * The GraphiQL page, whole: it asks no other server for anything, runs no script but its own, has the schema with it, and
 * asks the address that it was loaded from, whatever prefix a proxy has put in front. The 2 MB of it are loaded and
 * compressed once, when the page is first asked for. In production that takes a member of staff: others are asked to sign in.
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

  /** What only staff may have stays in their browsers. Looking at their session may have renewed its cookie. */
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
      // Where a host has mounted those pages, it alone knows.
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
