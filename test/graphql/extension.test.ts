import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Builder } from '../../src/graphql/builder.ts'
import { invalid, InvalidInput, NotFound, Refusal, SessionInterrupted } from '../../src/refusals.ts'
import { loginDocument, password, startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'
import { named, names, seen, viewing } from './shop.ts'

// What a host adds stands beside ours, and shares the session, the scopes, the limits and the promises.

class SoldOut extends Refusal {
  readonly left: number

  constructor(left: number) {
    super('SOLD_OUT', `Only ${left} are left.`)
    this.left = left
  }
}

const opened: string[] = []

function addShop(builder: Builder): void {
  viewing(builder)
  const Product = builder.objectRef<{ sku: string; price: number }>('Product').implement({
    fields: (t) => ({ sku: t.exposeID('sku'), price: t.exposeFloat('price') }),
  })
  builder.refusalType(SoldOut, {
    name: 'SoldOutError',
    code: 'SOLD_OUT',
    codeDescription: 'Fewer are left than were asked for.',
    fields: (t) => ({ left: t.exposeInt('left') }),
  })
  const Reserved = builder.objectRef<{ sku: string }>('Reserved').implement({
    fields: (t) => ({
      sku: t.exposeID('sku'),
      recentlyViewed: t.stringList({ resolve: (_root, _args, { session }) => seen(session) }),
    }),
  })
  const ReserveResult = builder.errorUnion('ReserveResult', {
    types: [Reserved, SoldOut, InvalidInput, NotFound, SessionInterrupted],
    resolveType: () => 'Reserved',
  })
  builder.objectField('User', 'discount', (t) =>
    t.int({
      authScopes: ({ id }) => ({ ownerOrStaff: id }),
      resolve: ({ isStaff }) => (isStaff ? 20 : 5),
    }),
  )
  builder.objectField('SessionChanged', 'recentlyViewed', (t) =>
    t.stringList({ resolve: ({ session }) => seen(session) }),
  )
  builder.queryFields((t) => ({
    products: t.field({
      type: [Product],
      resolve: () => [
        { sku: 'hat', price: 9.5 },
        { sku: 'scarf', price: 12 },
      ],
    }),
    greeting: t.string({
      resolve: async (_root, _args, { user, client, requestId, now }) =>
        `${(await user())?.username ?? 'stranger'} from ${client.ipAddress} at ${now() > 0} by ${requestId.length > 9}`,
    }),
    orders: t.int({ authScopes: { signedIn: true }, resolve: () => 3 }),
    takings: t.int({ authScopes: { staff: true }, resolve: () => 1000 }),
    broken: t.string({
      resolve: () => {
        throw new Error('The secret of the shop.')
      },
    }),
    endless: t.string({ resolve: () => new Promise<string>(() => {}) }),
  }))
  builder.mutationFields((t) => ({
    reserve: t.field({
      type: ReserveResult,
      args: { sku: t.arg.id({ required: true }), count: t.arg.int({ required: true }) },
      resolve(_root, { sku, count }, { session }) {
        if (sku !== 'hat') throw new NotFound('product')
        if (count < 1)
          throw invalid('count', { message: 'One at least.', code: 'TOO_SMALL', min: 1 })
        session.update(
          named('recentlyViewed'),
          (all) => [sku, ...((all ?? []) as unknown as string[])] as never,
        )
        if (count > 2) throw new SoldOut(2)
        return { sku }
      },
    }),
    spill: t.boolean({
      resolve(_root, _args, { session }) {
        session.set(named('recentlyViewed'), ['spilled'] as never)
        throw new Error('The secret of the spill.')
      },
    }),
    leave: t.boolean({
      async resolve(_root, _args, { logout, user }) {
        await logout()
        return (await user()) === null
      },
    }),
  }))
  // As a host writes them that awaits neither.
  builder.mutationField('leaveAtOnce', (t) =>
    t.boolean({
      resolve(_root, _args, { logout }) {
        void logout()
        return true
      },
    }),
  )
  builder.queryField('enterWrongly', (t) =>
    t.boolean({
      resolve(_root, _args, { login }) {
        void login({} as never)
        return true
      },
    }),
  )
  builder.subscriptionField('arrivals', (t) =>
    t.string({
      args: { fail: t.arg.boolean({ defaultValue: false, required: true }) },
      authScopes: { signedIn: true },
      async *subscribe(_root, { fail }, { user }) {
        opened.push((await user())?.username ?? 'stranger')
        yield 'hat'
        if (fail) throw new Error('The secret of the stream.')
        yield 'scarf'
      },
      resolve: (sku) => String(sku),
    }),
  )
  builder.subscriptionField('ever', (t) =>
    t.string({
      async *subscribe() {
        yield 'first'
        await new Promise(() => {})
      },
      resolve: (word) => String(word),
    }),
  )
}

let server: TestServer
beforeAll(async () => {
  server = await startServer({ GRAPHQL_TIMEOUT: '1' }, { names, types: addShop })
})
afterAll(() => server.stop())

const stream = (document: string, as: Visitor) =>
  fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...(as.cookie !== null && { cookie: `sessionid=${as.cookie}` }),
    },
    body: JSON.stringify({ query: document }),
  })

const view = 'mutation ($sku: String!) { viewProduct(sku: $sku) }'
const reserve =
  'mutation ($sku: ID!, $count: Int!) { reserve(sku: $sku, count: $count) { __typename ... on Reserved { sku recentlyViewed } ... on Error { code message } ... on SoldOutError { left } ... on InvalidInputError { fields { path code min } } } }'

test('a field of the host reads and writes a name of the host, and its answer is what was stored', async () => {
  const visitor = server.visitor()
  expect(await visitor.data('{ recentlyViewed }')).toEqual({ recentlyViewed: [] })
  expect(visitor.cookie).toBeNull()
  await visitor.data(view, { sku: 'hat' })
  expect(await visitor.data(reserve, { sku: 'hat', count: 1 })).toEqual({
    reserve: { __typename: 'Reserved', sku: 'hat', recentlyViewed: ['hat', 'hat'] },
  })
})

test('a resolver of the host is told who asks, from where, when, and under which id', async () => {
  expect(await server.visitor().data('{ greeting }')).toEqual({
    greeting: 'stranger from 127.0.0.1 at true by true',
  })
  const ada = await server.signedIn('greeted')
  expect(await ada.data('{ greeting }')).toEqual({
    greeting: 'greeted from 127.0.0.1 at true by true',
  })
  expect(await ada.data('mutation { leave }')).toEqual({ leave: true })
  expect((await ada.send('{ orders }')).errors?.[0].extensions.code).toBe('UNAUTHENTICATED')
})

test('a login or logout that a resolver does not await comes before the answer, and its failure is that of the request', async () => {
  const ada = await server.signedIn('hasty')
  const wrong = await ada.send('{ enterWrongly }')
  expect(wrong.errors?.[0].extensions.code).toBe('INTERNAL_SERVER_ERROR')
  const { cookie } = ada
  expect(await ada.data('mutation { leaveAtOnce }')).toEqual({ leaveAtOnce: true })
  expect(ada.cookie).toBeNull()
  expect(await server.visitor(cookie).data('{ me { id } }')).toEqual({ me: null })
})

test('a refusal of the host is a member of the union, with its own code and fields', async () => {
  const visitor = server.visitor()
  expect((await visitor.data(reserve, { sku: 'hat', count: 5 })).reserve).toEqual({
    __typename: 'SoldOutError',
    code: 'SOLD_OUT',
    message: 'Only 2 are left.',
    left: 2,
  })
  expect((await visitor.data(reserve, { sku: 'hat', count: 0 })).reserve).toMatchObject({
    code: 'INVALID_INPUT',
    fields: [{ path: ['count'], code: 'TOO_SMALL', min: 1 }],
  })
  expect((await visitor.data(reserve, { sku: 'none', count: 1 })).reserve.code).toBe('NOT_FOUND')
  // What was written beside a refusal stands.
  expect(await visitor.data('{ recentlyViewed }')).toEqual({ recentlyViewed: ['hat'] })
  const codes = await visitor.data('{ __type(name: "ErrorCode") { enumValues { name } } }')
  expect(JSON.stringify(codes)).toMatch(/SOLD_OUT.*|NOT_FOUND/)
})

test('the scopes of the core guard fields of the host, and fields that it adds to our types', async () => {
  const ask = async (document: string, as = server.visitor()) =>
    (await as.send(document)).errors?.[0]?.extensions.code ?? 'ok'
  const ada = await server.signedIn('scoped')
  const staff = await server.signedIn('scoped-staff', { isStaff: true })
  expect([await ask('{ orders }'), await ask('{ orders }', ada)]).toEqual(['UNAUTHENTICATED', 'ok'])
  expect([
    await ask('{ takings }'),
    await ask('{ takings }', ada),
    await ask('{ takings }', staff),
  ]).toEqual(['UNAUTHENTICATED', 'FORBIDDEN', 'ok'])
  expect(await ada.data('{ me { discount } }')).toEqual({ me: { discount: 5 } })
})

test('a mutation of the host that throws is masked, logged whole, and commits nothing', async () => {
  const visitor = server.visitor()
  await visitor.data(view, { sku: 'hat' })
  const { data, errors } = await visitor.send('mutation { spill kept: viewProduct(sku: "scarf") }')
  expect(data).toBeNull()
  expect(errors?.[0].message).toBe('Unexpected error.')
  expect(errors?.[0].extensions.code).toBe('INTERNAL_SERVER_ERROR')
  const line = server.logs.find(({ requestId }) => requestId === errors?.[0].extensions.requestId)
  expect(JSON.stringify(line)).toContain('The secret of the spill.')
  expect((await visitor.data('{ recentlyViewed }')).recentlyViewed).not.toContain('spilled')
})

test('the limits hold for fields of the host: faults are masked, depth is measured, the deadline ends what hangs', async () => {
  const visitor = server.visitor()
  const code = async (document: string) =>
    (await visitor.send(document)).errors?.[0].extensions.code
  expect((await visitor.send('{ broken }')).errors?.[0].message).toBe('Unexpected error.')
  expect(await code('{ products { sku { deeper } } }')).toBe('BAD_USER_INPUT')
  const aliased = Array.from({ length: 40 }, (_none, at) => `a${at}: products { sku }`)
  expect(await code(`{ ${aliased.join(' ')} }`)).toBe('BAD_USER_INPUT')
  expect(await code('{ endless }')).toBe('EXECUTION_TIMEOUT')
  // Asked for often enough to be compiled.
  for (let round = 0; round < 5; round++)
    expect(await visitor.data('{ products { sku price } }')).toEqual({
      products: [
        { sku: 'hat', price: 9.5 },
        { sku: 'scarf', price: 12 },
      ],
    })
})

test('where introspection is off, it is off for types of the host', async () => {
  const shut = await startServer({ INTROSPECTION: 'false' }, { names, types: addShop })
  try {
    const { errors } = await shut.visitor().send('{ __type(name: "Product") { name } }')
    expect(errors?.[0].extensions.code).toBe('BAD_USER_INPUT')
    expect((await shut.visitor().send('{ product { sku } }')).errors?.[0].message).not.toMatch(
      /mean/,
    )
  } finally {
    await shut.stop()
  }
})

test('fifty concurrent updates of a name of the host are all kept', async () => {
  const visitor = server.visitor()
  await visitor.data(view, { sku: 'first' })
  const tabs = Array.from({ length: 50 }, () => server.visitor(visitor.cookie))
  await Promise.all(tabs.map((tab, at) => tab.data(view, { sku: `s${at}` })))
  const { recentlyViewed } = await visitor.data('{ recentlyViewed }')
  expect(recentlyViewed.sort()).toEqual(['first', ...tabs.map((_tab, at) => `s${at}`)].sort())
})

test('a guest who signs in keeps, loses or changes names of the host as their rules say', async () => {
  const guest = server.visitor()
  await guest.data(view, { sku: 'hat' })
  await guest.data('mutation { fillIn(draft: "half a letter", visits: 2) }')
  await server.signedIn('ruled')
  await guest.data(loginDocument, { username: 'ruled', password })
  expect(await guest.data('{ recentlyViewed draft visits }')).toEqual({
    recentlyViewed: ['hat'],
    draft: null,
    visits: 102,
  })
})

test('a value past the cap of its name is SESSION_TOO_LARGE, and one of another shape is a fault', async () => {
  const visitor = server.visitor()
  const code = async (draft: string, visits = 1) =>
    (
      await visitor.send(
        'mutation ($draft: String!, $visits: Int!) { fillIn(draft: $draft, visits: $visits) }',
        { draft, visits },
      )
    ).errors?.[0].extensions.code
  expect(await code('x'.repeat(200))).toBe('SESSION_TOO_LARGE')
  expect(await code('fine', -1)).toBe('INTERNAL_SERVER_ERROR')
  expect(visitor.cookie).toBeNull()
})

test('staff see what a session holds under a name of the host', async () => {
  const visitor = server.visitor()
  await visitor.data(view, { sku: 'hat' })
  const { session } = await visitor.data('{ session { id } }')
  const staff = await server.signedIn('onlooker', { isStaff: true })
  const { sessionRecord } = await staff.data(
    'query ($id: ID!) { sessionRecord(id: $id) { data } }',
    { id: session.id },
  )
  expect(sessionRecord.data).toEqual({ recentlyViewed: ['hat'] })
})

test('a subscription of the host streams, is guarded by scopes, and its fault is masked', async () => {
  const ada = await server.signedIn('listening')
  const listen = async (document: string, as = ada) => (await stream(document, as)).text()
  const text = await listen('subscription { arrivals }')
  expect(text).toContain('"arrivals":"hat"')
  expect(text).toContain('"arrivals":"scarf"')
  expect(opened).toEqual(['listening'])
  expect(await listen('subscription { arrivals }', server.visitor())).toContain('UNAUTHENTICATED')
  const failed = await listen('subscription { arrivals(fail: true) }')
  expect(failed).toContain('INTERNAL_SERVER_ERROR')
  expect(failed).not.toContain('secret')
})

test('a host adds fields to the events of a session', async () => {
  const { __type } = await server
    .visitor()
    .data('{ __type(name: "SessionChanged") { fields { name } } }')
  expect(__type.fields).toContainEqual({ name: 'recentlyViewed' })
})

test('a subscription of the host ends when the session that opened it does', async () => {
  const ada = await server.signedIn('leaving')
  const response = await stream('subscription { ever }', ada)
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (!text.includes('first')) text += (await reader.read()).value ?? ''
  expect(server.app.events.size).toBe(1)
  const staff = await server.signedIn('leaving-staff', { isStaff: true })
  await staff.data('mutation { deleteSessions(filter: { username: "leaving" }) { __typename } }')
  for (let isDone = false; !isDone;) {
    const { value = '', done } = await reader.read()
    text += value
    isDone = done
  }
  expect(text).toContain('event: complete')
  await expect.poll(() => server.app.events.size).toBe(0)
})
