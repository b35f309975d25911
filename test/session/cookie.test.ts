import { describe, expect, test } from 'vitest'
import { createClock } from '../harness.ts'
import {
  clearCookie,
  clearTwins,
  readCookies,
  writeCookie,
} from '../../src/session/cookie/cookie.ts'
import type { CookieSettings } from '../../src/session/cookie/cookie.ts'
import { startClocks } from '../../src/session/record/expiry.ts'
import type { Expiry, ExpiryPolicy } from '../../src/session/record/expiry.ts'
import { createKey, parseKey } from '../../src/session/key.ts'

const key = createKey()
const another = createKey()

/** The one key among the cookies, as a request is read; null where there is none or more. */
function readKey(header: string | null, name: string) {
  const keys = new Set(
    readCookies(header ?? undefined, name)
      .map(parseKey)
      .filter((key) => key !== null),
  )
  return keys.size === 1 ? [...keys][0] : null
}

describe('readCookies', () => {
  test.each<[string, string]>([
    ['alone', `sessionid=${key}`],
    ['first of several', `sessionid=${key}; theme=dark`],
    ['last of several', `theme=dark; lang=en; sessionid=${key}`],
    ['without a space after the semicolon', `theme=dark;sessionid=${key}`],
    ['with spaces and tabs around name and value', `a=b; \t sessionid \t=\t ${key} \t; c=d`],
    ['beside pairs that are none', `;;=;theme; sessionid=${key};`],
    ['twice, with one value', `sessionid=${key}; sessionid=${key}`],
    ['beside another text under its name', `sessionid=${key}; sessionid=abc`],
    ['beside what another program has deleted', `sessionid=deleted; sessionid=${key}; sessionid=`],
    [
      'beside longer and shorter names',
      `sessionid2=${another}; xsessionid=x; session=y; sessionid=${key}`,
    ],
    ['beside its name as a value', `theme=sessionid=${another}; sessionid=${key}`],
  ])('readCookies finds the key %s', (_where, header) => {
    expect(readKey(header, 'sessionid')).toBe(key)
  })

  test.each<[string, string | null]>([
    ['there is no header', null],
    ['the header is empty', ''],
    ['there are other cookies only', 'theme=dark; lang=en'],
    ['the name has no value', 'sessionid'],
    ['the value is empty', 'sessionid='],
    ['the value is no key', 'sessionid=abc'],
    ['the value is quoted', `sessionid="${key}"`],
    ['the value is percent-encoded', `sessionid=%${key.charCodeAt(0).toString(16)}${key.slice(1)}`],
    ['the value goes on after an equals sign', `sessionid=${key}=`],
    ['the name is in capitals', `SESSIONID=${key}`],
    ['the name is percent-encoded', `%73essionid=${key}`],
    ['it is named twice with two keys', `sessionid=${key}; sessionid=${another}`],
    [
      'it is named three times, twice the same',
      `sessionid=${key}; sessionid=${another}; sessionid=${key}`,
    ],
    ['pairs are parted by commas', `theme=dark, sessionid=${key}`],
  ])('readCookies finds no key where %s', { tags: ['A10'] }, (_where, header) => {
    expect(readKey(header, 'sessionid')).toBeNull()
  })

  // Everything below 0x100 that String.prototype.trim or some server takes for white space, and RFC 6265 does not.
  test.each(['\u00a0', '\u0085', '\v', '\f', '\r', '\n', '\0', '\u001f', '\ufeff', '\u2028'])(
    'readCookies trims no %j around a name, so that __Host- cannot be forged',
    { tags: ['A9'] },
    (space) => {
      const name = '__Host-sessionid'
      for (const forged of [space + name, name + space, ` ${space} ${name}`]) {
        expect(readKey(`${forged}=${another}`, name)).toBeNull()
        expect(readKey(`${name}=${key}; ${forged}=${another}`, name)).toBe(key)
      }
    },
  )

  test.each(['\u00a0', '\u0085', '\v', '\n'])('readCookies trims no %j around a value', (space) => {
    expect(readKey(`sessionid=${space}${key}`, 'sessionid')).toBeNull()
    expect(readKey(`sessionid=${key}${space}`, 'sessionid')).toBeNull()
  })

  test('readCookies gives a value byte by byte', () => {
    expect(readCookies('sessionid= a=b c"%20\u00e9 ;x=y', 'sessionid')).toEqual(['a=b c"%20\u00e9'])
    expect(readCookies('sessionid=', 'sessionid')).toEqual([''])
  })

  test('readCookies gives every value of the name, in their order', () => {
    expect(readCookies('a=1; b=2; a=; a=1', 'a')).toEqual(['1', '', '1'])
  })

  test('readCookies does not read the name as a pattern', () => {
    expect(readKey(`sessionXid=${key}`, 'session.id')).toBeNull()
    expect(readKey(`session.id=${key}`, 'session.id')).toBe(key)
  })
})

const clock = createClock()
const policy: ExpiryPolicy = { age: 300, absoluteAge: 0, expireAtBrowserClose: false }
const settings: CookieSettings = {
  name: 'sessionid',
  secure: true,
  sameSite: 'Lax',
  domain: 'shop.example',
  path: '/api',
  partitioned: false,
}
const verdict = (expiry: Expiry = null) => ({
  value: key,
  record: { ...startClocks(expiry, policy, clock.now()), auth: null, data: {} },
})
const attributesOf = (header: string) => header.split('; ').slice(1)
const write = (changes: Partial<CookieSettings> = {}) =>
  attributesOf(writeCookie(verdict(), { ...settings, ...changes }, policy, clock.now()))
/** Of a session that ends in so many milliseconds. */
const maxAge = (milliseconds: number) =>
  attributesOf(
    writeCookie(
      verdict({ at: clock.now() + milliseconds }),
      { ...settings, domain: null },
      policy,
      clock.now(),
    ),
  )[0]

describe('writeCookie', () => {
  test('writeCookie writes the key, Max-Age and every attribute', () => {
    expect(writeCookie(verdict(), settings, policy, clock.now())).toBe(
      `sessionid=${key}; Max-Age=300; Domain=shop.example; Path=/api; Secure; HttpOnly; SameSite=Lax`,
    )
  })

  test('readCookies reads what writeCookie writes', () => {
    const header = writeCookie(verdict(), { ...settings, name: '__Host-x' }, policy, clock.now())
    expect(readKey(header, '__Host-x')).toBe(key)
  })

  test.each<[string, Partial<CookieSettings>]>([
    ['Domain=shop.example', { domain: null }],
    ['Secure', { secure: false }],
  ])(
    'writeCookie leaves out %s where the operator wants none, and writes everything else',
    (attribute, changes) => {
      expect(write()).toContain(attribute)
      expect(write(changes)).toEqual(write().filter((other) => other !== attribute))
    },
  )

  test.each(['Strict', 'Lax', 'None'] as const)('writeCookie says SameSite=%s', (sameSite) => {
    expect(write({ sameSite }).filter((attribute) => attribute.startsWith('SameSite'))).toEqual([
      `SameSite=${sameSite}`,
    ])
  })

  test('writeCookie writes the path that the operator set', () => {
    expect(write({ path: '/' })).toContain('Path=/')
  })

  test.each([
    [300_000, 300],
    [299_001, 300],
    [299_000, 299],
    [1, 1],
    [0, 0],
    [-1, 0],
    [-5_000, 0],
  ])('a session that ends in %i ms has a Max-Age of %i s', (milliseconds, seconds) => {
    expect(maxAge(milliseconds)).toBe(`Max-Age=${seconds}`)
  })

  test('Max-Age is the time left at the moment of writing', () => {
    const written = verdict()
    const later = clock.now() + 100_000
    expect(attributesOf(writeCookie(written, settings, policy, later))).toContain('Max-Age=200')
  })

  test('Max-Age stops at 400 days', { tags: ['A12'] }, () => {
    const day = 24 * 60 * 60 * 1000
    expect(maxAge(400 * day - 1000)).toBe('Max-Age=34559999')
    expect(maxAge(400 * day)).toBe('Max-Age=34560000')
    expect(maxAge(400 * day + 1000)).toBe('Max-Age=34560000')
    expect(maxAge(4000 * day)).toBe('Max-Age=34560000')
  })

  test('the cookie of a session until the browser closes has no Max-Age, and every other attribute', () => {
    const header = writeCookie(verdict('browser'), settings, policy, clock.now())
    expect(header).toBe(
      `sessionid=${key}; Domain=shop.example; Path=/api; Secure; HttpOnly; SameSite=Lax`,
    )
  })

  test('where the operator lets sessions end with the browser, only a session that asks for an age has a Max-Age', () => {
    const closing = { ...policy, expireAtBrowserClose: true }
    const lifetimeOf = (expiry: Expiry) =>
      attributesOf(writeCookie(verdict(expiry), settings, closing, clock.now())).filter((part) =>
        part.startsWith('Max-Age'),
      )
    expect(lifetimeOf(null)).toEqual([])
    expect(lifetimeOf(60)).toEqual(['Max-Age=60'])
    expect(lifetimeOf({ at: clock.now() + 7_000 })).toEqual(['Max-Age=7'])
  })

  test(
    'clearCookie writes no value, Max-Age=0 and the attributes that name the same cookie',
    { tags: ['B5'] },
    () => {
      expect(clearCookie(settings)).toBe(
        'sessionid=; Max-Age=0; Domain=shop.example; Path=/api; Secure; HttpOnly; SameSite=Lax',
      )
    },
  )

  test('a partitioned cookie has its attribute when it is written and when it is cleared', () => {
    expect(write({ partitioned: true })).toEqual([...write(), 'Partitioned'])
    expect(clearCookie({ ...settings, partitioned: true })).toMatch(/; Partitioned$/)
  })
})

describe('clearTwins', () => {
  const placeOf = (header: string) =>
    attributesOf(header).filter((part) => /^(Max-Age|Domain|Path|Partitioned)/.test(part))

  test('clearTwins ends what other settings have left on this host, and not the cookie itself', () => {
    expect(clearTwins(settings).map(placeOf)).toEqual([
      ['Max-Age=0', 'Path=/'],
      ['Max-Age=0', 'Path=/api'],
      ['Max-Age=0', 'Domain=shop.example', 'Path=/'],
    ])
    expect(clearTwins(settings, ['/graphql']).map(placeOf)).toContainEqual([
      'Max-Age=0',
      'Path=/graphql',
    ])
  })

  test('clearTwins has nothing to end beside a cookie of this host and every path, nor beside __Host-', () => {
    expect(clearTwins({ ...settings, domain: null, path: '/' })).toEqual([])
    const host = { ...settings, name: '__Host-id', domain: null, path: '/' }
    expect(clearTwins(host, ['/graphql'])).toEqual([])
  })

  test('clearTwins takes a cookie that was not partitioned for a twin of one that is', () => {
    const plain = { ...settings, domain: null, path: '/', partitioned: true }
    expect(clearTwins(plain).map(placeOf)).toEqual([['Max-Age=0', 'Path=/']])
  })
})
