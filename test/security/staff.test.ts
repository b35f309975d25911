import {
  buildClientSchema,
  getIntrospectionQuery,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql'
import type { GraphQLField, GraphQLInputType, GraphQLSchema } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { password, startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'

let server: TestServer
let staff: Visitor
let schema: GraphQLSchema
beforeAll(async () => {
  server = await startServer()
  staff = await server.signedIn('chief', { isStaff: true })
  schema = buildClientSchema(await staff.data(getIntrospectionQuery()))
})
afterAll(() => server.stop())

/** What a visitor may ask for on their own behalf. Whatever the schema has beside these is for staff. */
const own = {
  query: ['cart', 'me', 'preferences', 'session'],
  mutation: [
    'addCartItem',
    'changePassword',
    'clearCart',
    'clearSession',
    'deleteSessionValue',
    'login',
    'logout',
    'register',
    'removeCartItem',
    'revokeOtherSessions',
    'revokeSession',
    'setCartItemQuantity',
    'setSessionExpiry',
    'setSessionValue',
    'updatePreferences',
  ],
}

/** Every root field that is no visitor's own, as the document that asks for it. */
function staffDocuments(): [name: string, document: string][] {
  return (['query', 'mutation'] as const).flatMap((operation) => {
    const type = operation === 'query' ? schema.getQueryType() : schema.getMutationType()
    return Object.values(type!.getFields())
      .filter(({ name }) => !own[operation].includes(name))
      .map((field): [string, string] => [field.name, `${operation} { ${write(field)} }`])
  })
}

/** The field with every argument it needs, and nothing of its type but the name. */
function write({ name, args, type }: GraphQLField<unknown, unknown>): string {
  const needed = args.filter(isRequiredArgument).map((arg) => `${arg.name}: ${sample(arg.type)}`)
  const selection = isLeafType(getNamedType(type)) ? '' : ' { __typename }'
  return name + (needed.length > 0 ? `(${needed.join(', ')})` : '') + selection
}

function sample(type: GraphQLInputType): string {
  if (isNonNullType(type)) return sample(type.ofType)
  if (isListType(type)) return '[]'
  if (isEnumType(type)) return type.getValues()[0]!.name
  if (isInputObjectType(type)) {
    const needed = Object.values(type.getFields()).filter(isRequiredInputField)
    return `{ ${needed.map((field) => `${field.name}: ${sample(field.type)}`).join(', ')} }`
  }
  return { Boolean: 'false', Int: '1', Float: '1' }[type.name] ?? '"x"'
}

describe('what the schema has beside a visitor’s own', { tags: ['G1'] }, () => {
  test('the schema has every field that is listed as a visitor’s own, and ten for staff at least', () => {
    expect(staffDocuments().length).toBeGreaterThanOrEqual(10)
    for (const [operation, type] of [
      ['query', schema.getQueryType()],
      ['mutation', schema.getMutationType()],
    ] as const)
      expect(Object.keys(type!.getFields())).toEqual(expect.arrayContaining(own[operation]))
  })

  test('what is for staff is UNAUTHENTICATED for a guest, FORBIDDEN for a user, and answered to staff', async () => {
    const guest = server.visitor()
    await guest.data('mutation { addCartItem(input: { sku: "hat" }) { __typename } }')
    const user = await server.signedIn('walker')
    const before = await server.app.db.session.count()
    for (const [name, document] of staffDocuments()) {
      const codes = []
      for (const visitor of [server.visitor(), guest, user, staff])
        codes.push((await visitor.send(document)).errors?.[0].extensions.code)
      expect([name, ...codes]).toEqual([
        name,
        'UNAUTHENTICATED',
        'UNAUTHENTICATED',
        'FORBIDDEN',
        undefined,
      ])
    }
    expect(await server.app.db.session.count()).toBe(before)
  })
})

/** Everything that staff can see, of sessions, users and what happened. */
const everything = `{
  sessions(first: 100, filter: { status: ANY }) { edges { cursor } nodes { ...all } pageInfo { startCursor endCursor } }
  users(first: 100) { edges { cursor } nodes { id username email sessions { nodes { ...all } } } }
  auditEvents(first: 100) { edges { cursor } nodes { id sessionId ipAddress userAgent detail actor { id } } }
}
fragment all on SessionRecord { id ipAddress userAgent device data user { id } }`

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => [name, ...stringsIn(inner)])
}

test('nothing that staff see opens a session', { tags: ['G2'] }, async () => {
  const victim = await server.signedIn('victim')
  const { session } = await victim
    .data(
      'mutation { setSessionValue(key: "note", value: "mine") { ... on SessionSuccess { session { id } } } }',
    )
    .then(({ setSessionValue }) => setSessionValue)
  const seen = new Set(stringsIn(await staff.data(everything)))
  expect(seen).toContain(session.id)
  expect(seen).not.toContain(victim.cookie)
  for (const text of seen) {
    for (const cookie of [
      text,
      Buffer.from(text, 'hex').toString('base64url'),
      Buffer.from(text).toString('base64url'),
    ]) {
      // What is no header at all cannot be sent as one.
      if (!/^[\x21-\x7e]*$/.test(cookie)) continue
      const visitor = server.visitor(cookie)
      expect([text, await visitor.data('{ me { id } session { keys } }')]).toEqual([
        text,
        { me: null, session: { keys: [] } },
      ])
    }
  }
})

test(
  'a user who is no longer staff loses their rights at the next request',
  { tags: ['G6'] },
  async () => {
    const demoted = await server.signedIn('demoted', { isStaff: true })
    expect((await demoted.send('{ sessionStats { active } }')).errors).toBeUndefined()
    const usernameKey = 'demoted'
    await server.app.db.user.update({ where: { usernameKey }, data: { isStaff: false } })
    for (const [name, document] of staffDocuments())
      expect([name, (await demoted.send(document)).errors?.[0].extensions.code]).toEqual([
        name,
        'FORBIDDEN',
      ])
    expect((await demoted.data('{ me { isStaff } }')).me).toEqual({ isStaff: false })
  },
)

describe('passwords', { tags: ['G9'] }, () => {
  test('passwords are in no type that is read, and in no input of staff', () => {
    for (const type of Object.values(schema.getTypeMap())) {
      if (!('getFields' in type) || type.name.startsWith('__')) continue
      const secret = Object.keys(type.getFields()).filter((name) =>
        /password|hash|secret|epoch/i.test(name),
      )
      const mayAsk: Record<string, string[]> = {
        ChangePasswordInput: ['currentPassword', 'newPassword'],
        LoginInput: ['password'],
        RegisterInput: ['password'],
        Mutation: ['changePassword'],
      }
      expect([type.name, secret]).toEqual([type.name, mayAsk[type.name] ?? []])
    }
    const inputs = Object.values(schema.getMutationType()!.getFields())
      .filter(({ name }) => !own.mutation.includes(name))
      .flatMap(({ args }) => args.map(({ name, type }) => `${name}: ${getNamedType(type).name}`))
    expect(
      inputs.filter((input) => /password|(Login|Register|Password)Input/i.test(input)),
    ).toEqual([])
  })

  test('passwords and their hashes are in nothing that staff see', async () => {
    const text = JSON.stringify(await staff.data(everything))
    expect(text).toContain('victim')
    expect(text).not.toMatch(/argon2|pbkdf2/)
    expect(text).not.toContain(password)
  })
})
