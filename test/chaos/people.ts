import { setTimeout as sleep } from 'node:timers/promises'
import { initialPassword } from './check-passwords.ts'
import { send } from './client.ts'
import { staff } from './deployment.ts'
import { login } from './documents.ts'
import type { Node } from './node.ts'

/** A person with an account. */
export interface Person {
  readonly username: string
  readonly id: string
  /** What the password is, or may be: a change that was not answered leaves two. The likelier is first. */
  passwords: string[]
  /** Is a visitor or an operator changing the password, or the account? Such changes come one after another. */
  isBusy: boolean
}

const register =
  'mutation ($username: String!, $password: String!) { register(input: { username: $username, password: $password }) { __typename ... on RegisterSuccess { user { id } } ... on Error { code message } } }'

/** Makes so many accounts. Throws where one is refused. */
export async function enrol(node: Node, count: number): Promise<Person[]> {
  const people: Person[] = []
  for (let at = 0; at < count; at++) {
    const username = `person${at}`
    const words = { username, password: initialPassword }
    const { data, error } = await send(node.url, null, register, words, addressOf(at))
    const id: string | undefined = data?.register.user?.id
    if (id === undefined) throw new Error(error ?? JSON.stringify(data))
    people.push({ username, id, passwords: [initialPassword], isBusy: false })
  }
  return people
}

/** An address of its own for each number. */
export function addressOf(number: number): string {
  return `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`
}

/** Keeps staff signed in. */
export interface Desk {
  /** The cookie of staff; null where they cannot sign in at this moment. */
  cookie(node: Node): Promise<string | null>
  /** Has them sign in again: the session was lost. */
  forget(): void
}

export function openDesk(): Desk {
  let kept: string | null = null
  let logins = 0
  return {
    async cookie(node) {
      if (kept !== null) return kept
      const address = addressOf(0xff0000 + (logins++ % 0xffff))
      const { cookie, data } = await send(node.url, null, login.query, staff, address)
      if (data?.login.code === 'TOO_MANY_ATTEMPTS') await sleep(1000)
      return (kept = cookie || null)
    },
    forget: () => void (kept = null),
  }
}
