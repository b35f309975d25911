import { context, trace } from '@opentelemetry/api'
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'
import { openEvents } from '../host/events.ts'

const exporter = new InMemorySpanExporter()
let server: TestServer
let ada: Visitor
beforeAll(async () => {
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register()
  server = await startServer({ LOG_LEVEL: 'error' })
  ada = await server.signedIn('ada')
})
beforeEach(() => exporter.reset())
afterAll(async () => {
  await server.stop()
  trace.disable()
  context.disable()
})

/** The finished spans below the one of this name, and that one. */
async function spansOf(name: string): Promise<readonly ReadableSpan[]> {
  await expect.poll(() => exporter.getFinishedSpans().map((span) => span.name)).toContain(name)
  const all = exporter.getFinishedSpans()
  const top = all.find((span) => span.name === name)
  return all.filter((span) => span.spanContext().traceId === top?.spanContext().traceId)
}

test('an operation is a span, and the look at its session is one below it', async () => {
  await ada.data('query Who { me { username } }')
  const spans = await spansOf('graphql Who')
  const [top, open] = ['graphql Who', 'roster open'].map((name) =>
    spans.find((span) => span.name === name),
  )
  expect(top?.attributes).toEqual({ 'graphql.operation.name': 'Who' })
  expect(open?.parentSpanContext?.spanId).toBe(top?.spanContext().spanId)
})

test('a login has a span for its hash, and a write one for the store', async () => {
  await server
    .visitor()
    .data('mutation SignIn { login(input: { username: "ada", password: "wrong" }) { __typename } }')
  const login = (await spansOf('graphql SignIn')).map(({ name }) => name)
  expect(login).toEqual(expect.arrayContaining(['hash verify']))
  await ada.data('mutation Add { addCartItem(input: { sku: "umbrella" }) { __typename } }')
  const write = (await spansOf('graphql Add')).map(({ name }) => name)
  expect(write).toEqual(expect.arrayContaining(['roster open', 'store save']))
})

test(
  'no span says who it was for: no key, id, name, variable or message',
  { tags: ['K24'] },
  async () => {
    const query = `mutation Find($sku: ID!) { addCartItem(input: { sku: $sku }) { __typename } }`
    const { session } = await ada.data('{ session { id } me { id } }')
    await ada.data(query, { sku: 'hedgehog' })
    await spansOf('graphql Find')
    const told = JSON.stringify(
      exporter.getFinishedSpans().map(({ name, attributes, events, status }) => ({
        name,
        attributes,
        events,
        status,
      })),
    )
    for (const secret of [ada.cookie, session.id, 'hedgehog', 'ada'])
      expect(told.includes(String(secret))).toBe(false)
  },
)

test('what a stream looks at, once its operation is over, makes no spans', async () => {
  const events = await openEvents(`${server.url}/graphql`, ada.cookie)
  exporter.reset()
  for (const sku of ['scarf', 'glove']) {
    await ada.data(`mutation Change { addCartItem(input: { sku: "${sku}" }) { __typename } }`)
    expect(await events.next()).toMatchObject({ __typename: 'SessionChanged' })
  }
  events.leave()
  const spans = exporter.getFinishedSpans()
  const changes = spans.filter(({ name }) => name === 'graphql Change')
  expect(changes).toHaveLength(2)
  const traces = new Set(changes.map((span) => span.spanContext().traceId))
  expect(spans.filter((span) => !traces.has(span.spanContext().traceId))).toEqual([])
})

test('two operations at once have each their own spans below them', async () => {
  const other = await server.signedIn('eve')
  await Promise.all([
    ada.data('mutation One { addCartItem(input: { sku: "one" }) { __typename } }'),
    other.data('mutation Two { addCartItem(input: { sku: "two" }) { __typename } }'),
  ])
  for (const name of ['graphql One', 'graphql Two']) {
    const spans = await spansOf(name)
    expect(spans.filter((span) => span.name === 'store save')).toHaveLength(1)
  }
})
