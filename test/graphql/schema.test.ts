import { readFileSync } from 'node:fs'
import { parse, validate } from 'graphql'
import { isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql'
import type { GraphQLEnumType, GraphQLSchema } from 'graphql'
import { expect, test } from 'vitest'
import type { FeatureSwitches } from '../../src/features/features.ts'
import { tabsFor } from '../../src/graphql/graphiql/tabs.ts'
import { printSchema } from '../../src/graphql/schema.ts'
import { startServer } from '../harness.ts'

const schema = await schemaWith({})

/** The schema of a server with these features. */
async function schemaWith(features: FeatureSwitches): Promise<GraphQLSchema> {
  const server = await startServer({}, { features })
  await server.stop()
  if (server.app.schema === null) throw new Error('The server has no schema.')
  return server.app.schema
}

test('schema.graphql is what the code says: run `npm run print-schema` when it is not', () => {
  expect(readFileSync('schema.graphql', 'utf8')).toBe(printSchema(schema))
})

const newcomer = {
  username: 'ada',
  password: 'correct horse battery',
  nextPassword: 'another horse battery',
}

test('every tab that GraphiQL opens with is valid, and in production none makes an account', () => {
  const tabs = tabsFor(schema, newcomer)
  expect(tabs.length).toBeGreaterThan(5)
  const inProduction = tabsFor(schema, null)
  expect(inProduction.join('\n')).not.toMatch(/register|ada|horse/)
  for (const tab of [...tabs, ...inProduction]) expect(validate(schema, parse(tab))).toEqual([])
})

test('GraphiQL opens with no tab for a feature that is switched off, and what others ask of it is left out', async () => {
  const off = { cart: false, preferences: false, values: false }
  const bare = await schemaWith(off)
  const tabs = tabsFor(bare, newcomer)
  for (const tab of tabs) expect(validate(bare, parse(tab))).toEqual([])
  expect(tabs.join('\n')).not.toMatch(/cart|preferences|keys|value/i)
  expect(tabs.map((tab) => /^(?:query|mutation|subscription) (\w+)/m.exec(tab)?.[1])).toEqual([
    'Register',
    'Login',
    'Session',
    'Devices',
    'Stream',
    'Password',
    'Sessions',
    'Audit',
    'Logout',
  ])
  const withCart = await schemaWith({ ...off, cart: true })
  expect(tabsFor(withCart, null).join('\n')).toContain('cart { totalQuantity }')
})

/** Everything in the schema that has a name, save what GraphQL itself defines, with what the schema says of it. */
function* described(): Iterable<[name: string, description: string | null | undefined]> {
  const own = Object.values(schema.getTypeMap()).filter(
    ({ name }) => !name.startsWith('__') && !isBuiltIn(name),
  )
  for (const type of own) {
    yield [type.name, type.description]
    if (isEnumType(type))
      for (const value of type.getValues()) yield [`${type.name}.${value.name}`, value.description]
    if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) continue
    for (const field of Object.values(type.getFields())) {
      yield [`${type.name}.${field.name}`, field.description]
      if (!('args' in field)) continue
      for (const { name, description } of field.args)
        yield [`${type.name}.${field.name}(${name}:)`, description]
    }
  }
}

const isBuiltIn = (name: string) => ['Boolean', 'Float', 'ID', 'Int', 'String'].includes(name)

test('the schema says what each of its types, fields, arguments and values is', () => {
  const all = [...described()]
  expect(all.length).toBeGreaterThan(300)
  expect(all.filter(([, description]) => !description).map(([name]) => name)).toEqual([])
  // A sentence, or several.
  expect(all.filter(([, description]) => !/^[\w`].*[.?]$/s.test(description ?? ''))).toEqual([])
})

test('the description of a field begins with Staff where its resolver is for staff, and nowhere else', () => {
  const staff = [...described()].filter(([, description]) => description?.startsWith('Staff.'))
  expect(staff.map(([name]) => name).sort()).toEqual([
    'Mutation.clearExpiredSessions',
    'Mutation.deleteSession',
    'Mutation.deleteSessions',
    'Mutation.revokeAnySession',
    'Mutation.revokeSessions',
    'Mutation.setUserActive',
    'Query.auditEvents',
    'Query.sessionRecord',
    'Query.sessionStats',
    'Query.sessions',
    'Query.user',
    'Query.users',
    'SessionRecord.data',
  ])
})

test('every refusal has a code and a message', () => {
  const types = Object.values(schema.getTypeMap()).filter(
    ({ name }) => name.endsWith('Error') && name !== 'Error',
  )
  expect(types.length).toBeGreaterThan(7)
  for (const type of types) expect(type.toString()).toMatch(/Error$/)
  const implementations = schema.getImplementations(schema.getType('Error') as never).objects
  expect(implementations.map(({ name }) => name).sort()).toEqual(
    types.map(({ name }) => name).sort(),
  )
})

test('the schema has an enum of the codes that docs/frontend.md lists for what is no refusal', () => {
  const page = readFileSync('docs/frontend.md', 'utf8')
  const table = page.slice(page.indexOf('What is not a refusal'))
  const listed = [...table.matchAll(/^\| `([A-Z_]+)` /gm)].map(([, code]) => code)
  const type = schema.getType('RequestErrorCode') as GraphQLEnumType
  expect(
    type
      .getValues()
      .map(({ name }) => name)
      .sort(),
  ).toEqual(listed.sort())
})
