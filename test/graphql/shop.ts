import { z } from 'zod'
import type { Builder } from '../../src/graphql/builder.ts'
import type { SessionDefinitions, SessionName } from '../../src/session/record/data.ts'
import type { Session } from '../../src/session/session.ts'

// Names of a host. They are not declared in SessionData, because a declaration would hold for every test: test/typed-names
// shows what a host's own editor tells.

/** A name that only this host has, as the types of the core see it. */
export const named = (name: string) => name as SessionName

/** What a shop keeps in a session. */
export const names = {
  recentlyViewed: { schema: z.array(z.string().max(64)).readonly(), maxBytes: 1024 },
  draft: { schema: z.string(), maxBytes: 100, onSignIn: 'drop' },
  visits: {
    schema: z.number().int().min(0),
    maxBytes: 10,
    onSignIn: (visits: number) => visits + 100,
  },
} as SessionDefinitions

/** What the visitor has viewed, the newest first. */
export async function seen(session: Session): Promise<string[]> {
  return [...(((await session.get(named('recentlyViewed'))) ?? []) as unknown as string[])]
}

/** The fields of a shop that read and write its names. */
export function viewing(builder: Builder): void {
  builder.queryFields((t) => ({
    recentlyViewed: t.stringList({ resolve: (_root, _args, { session }) => seen(session) }),
    draft: t.string({
      nullable: true,
      resolve: async (_root, _args, { session }) => (await session.get(named('draft'))) as never,
    }),
    visits: t.int({
      nullable: true,
      resolve: async (_root, _args, { session }) => (await session.get(named('visits'))) as never,
    }),
  }))
  builder.mutationFields((t) => ({
    viewProduct: t.boolean({
      args: { sku: t.arg.string({ required: true }) },
      resolve(_root, { sku }, { session }) {
        session.update(
          named('recentlyViewed'),
          (all) => [sku, ...((all ?? []) as unknown as string[])] as never,
        )
        return true
      },
    }),
    fillIn: t.boolean({
      args: { draft: t.arg.string({ required: true }), visits: t.arg.int({ required: true }) },
      resolve(_root, { draft, visits }, { session }) {
        session.set(named('draft'), draft as never)
        session.set(named('visits'), visits as never)
        return true
      },
    }),
  }))
}
