import { expect } from 'vitest'
import type { Answer, TestServer, Visitor } from '../harness.ts'

const add =
  'mutation ($sku: ID!) { addCartItem(input: { sku: $sku }) { __typename ... on Error { code } } }'
/** What a visitor looks at. */
export const look = '{ me { username } session { id } cart { items { sku } } }'

/** Puts something into a cart. */
export const put = (visitor: Visitor, sku: string): Promise<Answer> => visitor.send(add, { sku })

/** Two visitors, each with one cookie at two processes, of which one is to be cut off. */
export interface Story {
  /** The first one, at the process that is cut off, and at the other. */
  readonly here: Visitor
  readonly there: Visitor
  /** What happens at the other process meanwhile: the first visitor writes, and the second signs out. */
  goOn(): Promise<void>
  /** Once the way is whole: nothing is lost, nothing that was `refused` is stored, and who has signed out is out. */
  expectMended(refused: Answer): Promise<void>
}

let stories = 0

/** Settings of both processes. */
export const settingsOfBoth = {
  SESSION_STORE_TIMEOUT: '1000',
  SECRET_KEY: 'only for processes of this test!',
}

/** Signs both in at `other`, and lets the process that is to be cut off, which `visit` asks, see them. */
export async function beginStory(
  other: TestServer,
  visit: (cookie: string | null) => Visitor,
): Promise<Story> {
  const story = ++stories
  const there = await other.signedIn(`stays${story}`)
  const leaver = await other.signedIn(`leaves${story}`)
  await put(there, 'before')
  const here = visit(there.cookie)
  const copy = visit(leaver.cookie)
  expect((await here.data(look)).me).toEqual({ username: `stays${story}` })
  expect((await copy.data(look)).me).toEqual({ username: `leaves${story}` })

  return {
    here,
    there,
    async goOn() {
      expect((await put(there, 'meanwhile')).errors).toBeUndefined()
      await leaver.data('mutation { logout { session { id } } }')
    },
    async expectMended(refused) {
      await expect.poll(async () => (await here.send(look)).status, { timeout: 30_000 }).toBe(200)
      const skus = await skusOf(here)
      expect(skus).toEqual(expect.arrayContaining(['before', 'meanwhile']))
      // Where the answer leaves it open, it may be there.
      const mayBe = /may have been stored/.test(refused.errors?.[0].message)
      if (!mayBe) expect(skus).not.toContain('refused')
      expect(await copy.data(look)).toMatchObject({ me: null, session: { id: null } })
      await put(here, 'after')
      expect(await skusOf(there)).toContain('after')
    },
  }
}

async function skusOf(visitor: Visitor): Promise<string[]> {
  return (await visitor.data(look)).cart.items.map(({ sku }: { sku: string }) => sku)
}
