import { expect } from 'vitest'
import type { Expected, Hostile } from './entry.ts'
import type { WireAnswer } from './exchange.ts'
import { filled } from './request.ts'
import type { World } from './world.ts'

/** Fails where `answer` is not what the entry says must come back. `sent` is what it answers. */
export function judge(answer: WireAnswer, entry: Hostile, sent: Buffer, target: World): void {
  const expected = filled(entry.expect, target)
  judgeHeaders(answer, expected)
  if (entry.as === undefined && !sent.includes(target.user.cookie!)) {
    const cookie = answer.headers.find(([name]) => name === 'set-cookie')
    expect(cookie !== undefined).toBe(expected.begins ?? false)
  }
  if (expected.body !== undefined) expect(JSON.parse(answer.body)).toEqual(expected.body)
  if (expected.page !== undefined) judgePage(answer, expected.page)
  if (expected.code !== undefined) judgeErrors(answer, expected)
  else if (answer.status === 200) judgeData(answer, expected)
}

function judgeHeaders({ headers }: WireAnswer, expected: Expected): void {
  const names = new Map(headers)
  for (const [name, value] of Object.entries(expected.headers ?? {}))
    expect([name, names.get(name) ?? null]).toEqual([name, value])
  if (expected.headers?.['access-control-allow-origin'] == null)
    expect(headers.filter(([name]) => name.startsWith('access-control-'))).toEqual([])
}

function judgePage({ headers, body }: WireAnswer, page: NonNullable<Expected['page']>): void {
  expect(new Map(headers).get('content-type')).toBe('text/html; charset=utf-8')
  const [, heading] = /<h1>(.*?)<\/h1>/.exec(body) ?? []
  expect([heading, body.includes('<nav')]).toEqual([page.heading, false])
  expect(body.replace(/<[^>]*>/g, '')).toContain(page.says)
}

function judgeErrors(answer: WireAnswer, { code, limit }: Expected): void {
  const { errors = [] } = parse(answer)
  expect([...new Set(errors.map(({ extensions }) => extensions.code))]).toEqual([code])
  if (answer.status === 400) expect(errors.length).toBeLessThanOrEqual(5)
  if (limit === undefined) return
  expect([...new Set(errors.map(({ extensions }) => extensions.limit))]).toEqual([limit])
}

function judgeData(answer: WireAnswer, { data, refusal }: Expected): void {
  if (data === undefined && refusal === undefined) return
  const body = parse(answer)
  expect(body.errors).toBeUndefined()
  if (refusal === undefined) expect(body.data).toEqual(data)
  else expect(Object.values(body.data ?? {})[0]?.code).toBe(refusal)
}

function parse({ headers, body }: WireAnswer): Body {
  expect(new Map(headers).get('content-type')).toMatch(
    /^application\/(graphql-response\+)?json; charset=utf-8$/,
  )
  return JSON.parse(body) as Body
}

interface Body {
  readonly data?: Record<string, { readonly code?: string }>
  readonly errors?: readonly { extensions: { code: string; limit?: string } }[]
}
