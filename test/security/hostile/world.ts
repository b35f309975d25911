import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSealer } from '../../../src/session/cookie/sealing.ts'
import { createVisitor } from '../../harness.ts'
import type { Visitor } from '../../harness.ts'
import { startProcess } from '../../process.ts'
import type { ServerProcess } from '../../process.ts'

/** A server under attack, and who is signed in there. */
export interface World {
  readonly server: ServerProcess
  readonly folder: string
  /** Is its schema no secret? */
  readonly isOpen: boolean
  /** What stands for the placeholders of the entries. */
  readonly values: ReadonlyMap<string, string>
  /** Secrets that may stand in no answer and in no log. */
  readonly secrets: readonly string[]
  /** Signed in from the start, and never attacking: nothing may happen to them. */
  readonly victim: Visitor
  /** The attacker's own account, and the staff's. */
  readonly user: Visitor
  readonly staff: Visitor
  stop(): Promise<void>
}

const secret = () => randomBytes(24).toString('hex')
const register = /* GraphQL */ `
  mutation ($username: String!, $password: String!) {
    register(input: { username: $username, password: $password }) {
      ... on RegisterSuccess {
        user {
          id
        }
      }
    }
  }
`
const login = register.replaceAll('register', 'login').replace('RegisterSuccess', 'LoginSuccess')
const place = /* GraphQL */ `
  mutation {
    addCartItem(input: { sku: "umbrella", quantity: 2 }) {
      __typename
    }
    updatePreferences(input: { theme: DARK, locale: "en-GB" }) {
      __typename
    }
    setSessionValue(key: "note", value: { kept: true }) {
      __typename
    }
  }
`

/** Starts the built program as an operator would, and signs three people in. */
export async function openWorld(settings: Record<string, string> = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-hostile-'))
  const [secretKey, adminPassword, password, victimPassword] = [
    secret(),
    secret(),
    secret(),
    secret(),
  ]
  const server = await startProcess(folder, {
    NODE_ENV: 'production',
    SECRET_KEY: secretKey,
    ADMIN_PASSWORD: adminPassword,
    SESSION_COOKIE_NAME: '__Host-id',
    ALLOWED_HOSTS: 'coat.example,.coats.example,127.0.0.1',
    ALLOWED_ORIGINS: 'https://shop.example',
    TRUST_PROXY: '1',
    HTTP_HEADERS_TIMEOUT: '1',
    HTTP_REQUEST_TIMEOUT: '1',
    LOG_LEVEL: 'trace',
    ...settings,
  })
  const enter = async (document: string, username: string, theirs: string) => {
    const visitor = createVisitor(`${server.url}/graphql`, '__Host-id', null)
    const answer = await visitor.data(document, { username, password: theirs })
    const { session } = await visitor.data('{ session { id } }')
    return {
      visitor,
      userId: Object.values<{ user: { id: string } }>(answer)[0]!.user.id,
      id: session.id as string,
    }
  }
  const user = await enter(register, 'mallory', password)
  const victim = await enter(register, 'victim', victimPassword)
  const staff = await enter(login, 'admin', adminPassword)
  await victim.visitor.data(place)

  const key = user.visitor.cookie!
  const sealer = createSealer({ secretKey, fallbacks: [], purpose: 'session cookie' })
  const lists = await staff.visitor.data(
    '{ users(first: 1) { edges { cursor } } sessions(first: 1) { edges { cursor } } }',
  )
  const values = {
    KEY: key,
    ...likenessesOf(key),
    VICTIM_KEY: victim.visitor.cookie!,
    ID: user.id,
    ID_SHORT: user.id.slice(0, 8),
    ID_CAPITALS: user.id.toUpperCase(),
    ID_AS_KEY: Buffer.from(user.id, 'hex').toString('base64url'),
    VICTIM_ID: victim.id,
    STAFF_ID: staff.id,
    USER_ID: user.userId,
    VICTIM_USER_ID: victim.userId,
    STAFF_USER_ID: staff.userId,
    SEALED: sealer.seal(JSON.stringify({ userId: staff.userId, isStaff: true })),
    PASSWORD: password,
    ADMIN_PASSWORD: adminPassword,
    BASIC: Buffer.from(`admin:${adminPassword}`).toString('base64'),
    USERS_CURSOR: lists.users.edges[0].cursor,
    CURSOR_TAIL: lists.sessions.edges[0].cursor.slice(1),
  }
  return {
    server,
    folder,
    isOpen: settings['INTROSPECTION'] === 'true',
    values: new Map(Object.entries(values)),
    secrets: [
      secretKey,
      adminPassword,
      password,
      victimPassword,
      ...[user, victim, staff].map(({ visitor }) => visitor.cookie!),
    ],
    victim: victim.visitor,
    user: user.visitor,
    staff: staff.visitor,
    async stop() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Texts that careless servers take for `key`. */
function likenessesOf(key: string) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const swapped = (text: string) =>
    text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase()
  const cut = key.slice(0, -1)
  return {
    KEY_CUT: cut,
    // The last two bits mean nothing to a decoder.
    KEY_TWIN: cut + alphabet[alphabet.indexOf(key.slice(-1)) + 1],
    KEY_SWAPPED: [...key].map(swapped).join(''),
    KEY_BASE64: Buffer.from(key, 'base64url').toString('base64'),
    KEY_HEX: Buffer.from(key, 'base64url').toString('hex'),
    KEY_PERCENT: `%${key.charCodeAt(0).toString(16)}${key.slice(1)}`,
  }
}
