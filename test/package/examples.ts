import { join } from 'node:path'
import { expect } from 'vitest'
import { openNote } from '../witness/notes.ts'
import { listen } from './dependents.ts'
import type { Listening } from './dependents.ts'
import { createVisitor } from './visitor.ts'

/** An example: how its program is started, and what its visitors find. */
export interface Example {
  readonly name: string
  /** The program, from the folder of the example. */
  readonly words: readonly string[]
  walk(url: string): Promise<void>
}

const password = 'correct horse battery staple'

/** The examples that listen. */
export const examples: readonly Example[] = [
  {
    name: 'express-shop',
    words: ['dist-NodeNext/server.js'],
    async walk(url) {
      const ada = await register(url)
      await ada.query('mutation { viewProduct(sku: "tea") }')
      expect(await ada.query('{ recentlyViewed }')).toEqual({ recentlyViewed: ['tea'] })
      await ada.query('mutation { addCartItem(input: { sku: "tea", quantity: 1 }) { __typename } }')
      const line = { sku: 'tea', quantity: 1 }
      expect(await ada.json('/checkout')).toMatchObject({ for: 'ada', items: [line] })
      const proxied = createVisitor(url)
      const answer = await proxied.send('/sso', { method: 'POST', headers: { 'x-user': 'ada' } })
      expect(await answer.text()).toBe('welcome')
      expect(await proxied.query('{ me { username } }')).toEqual({ me: { username: 'ada' } })
      expect((await proxied.send('/admin')).status).toBeLessThan(400)
    },
  },
  {
    name: 'fastify',
    words: ['server.js'],
    async walk(url) {
      const ada = await register(url)
      expect(await ada.json('/whoami')).toEqual({ username: 'ada' })
      expect(await createVisitor(url).json('/whoami')).toEqual({ username: null })
    },
  },
  {
    name: 'hono-fetch',
    words: ['server.js'],
    async walk(url) {
      const ada = await register(url)
      await ada.query('mutation { updatePreferences(input: { theme: DARK }) { __typename } }')
      expect(await ada.json('/visitor')).toMatchObject({
        username: 'ada',
        preferences: { theme: 'DARK' },
      })
    },
  },
  {
    name: 'custom-engine',
    words: ['server.js'],
    async walk(url) {
      const ada = await register(url)
      expect(await ada.query('{ me { username } }')).toEqual({ me: { username: 'ada' } })
    },
  },
  {
    name: 'directory-backend',
    words: ['../../node_modules/.bin/coatcheck', 'serve'],
    async walk(url) {
      const ada = createVisitor(url)
      const login = async (word: string) => {
        openNote('password')(word)
        return ada.query(
          'mutation ($password: String!) { login(input: { username: "ada", password: $password }) { __typename } }',
          { password: word },
        )
      }
      expect(await login('another word')).toMatchObject({
        login: { __typename: 'InvalidCredentialsError' },
      })
      await login('a word of the directory')
      expect(await ada.query('{ me { username } }')).toEqual({ me: { username: 'Ada' } })
    },
  },
]

/** Starts an example, and resolves when it listens. */
export function start(folder: string, { name, words }: Example): Promise<Listening> {
  return listen(join(folder, 'examples', name), words)
}

/** A visitor who has just made the account `ada`. */
async function register(url: string) {
  openNote('password')(password)
  const ada = createVisitor(url)
  const answer = await ada.query(
    'mutation ($password: String!) { register(input: { username: "ada", password: $password }) { __typename } }',
    { password },
  )
  expect(answer).toEqual({ register: { __typename: 'RegisterSuccess' } })
  return ada
}
