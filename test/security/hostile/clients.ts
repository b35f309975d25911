import { data, refusal } from './entry.ts'
import type { Expected, Hostile } from './entry.ts'

type Headers = Readonly<Record<string, string | readonly string[]>>

const loggedIn = `mutation { login(input: { username: "mallory", password: "<<PASSWORD>>" }) { ... on LoginSuccess { user { sessions(first: 1) { nodes { isCurrent ipAddress device } } } } } }`
const seenAs = (ipAddress: string | null, device: string | null = null): Expected => ({
  ...data({ login: { user: { sessions: { nodes: [{ isCurrent: true, ipAddress, device }] } } } }),
  begins: true,
})

/** TRUST_PROXY=1: only the last address is our proxy's word. */
const addresses: [attack: string, headers: Headers, expect: Expected][] = [
  [
    'an address in front of the last',
    { 'x-forwarded-for': '6.6.6.6, 198.51.100.7' },
    seenAs('198.51.100.7'),
  ],
  [
    'an address in a header in front',
    { 'x-forwarded-for': ['6.6.6.6', '198.51.100.8'] },
    seenAs('198.51.100.8'),
  ],
  [
    'addresses of all other proxies',
    {
      'x-forwarded-for': '198.51.100.9',
      'x-real-ip': '6.6.6.6',
      'cf-connecting-ip': '6.6.6.6',
      'true-client-ip': '6.6.6.6',
      'x-client-ip': '6.6.6.6',
      forwarded: 'for=6.6.6.6',
    },
    seenAs('198.51.100.9'),
  ],
  [
    '5,000 addresses',
    { 'x-forwarded-for': `${'::1,'.repeat(3_000)}198.51.100.10` },
    seenAs('198.51.100.10'),
  ],
  ['a script for an address', { 'x-forwarded-for': '<script>alert(1)</script>' }, seenAs(null)],
  ['SQL for an address', { 'x-forwarded-for': "127.0.0.1'; DROP TABLE x" }, seenAs(null)],
  ['a number for an address', { 'x-forwarded-for': '0x7f000001' }, seenAs(null)],
  ['unknown for an address', { 'x-forwarded-for': 'unknown' }, seenAs(null)],
  [
    'an address of IPv6 that is one of IPv4',
    { 'x-forwarded-for': '::ffff:198.51.100.11' },
    seenAs('198.51.100.11'),
  ],
]

/** Names of browsers that are no names, and take long to read for those who read them badly. */
const browsers: [attack: string, agent: string, device: string | null][] = [
  ['a script', '<script>alert(1)</script>', null],
  ['a log line', '"},{"level":60,"forged":true},{"x":"', null],
  ['a line separator of UTF-8', 'a\xe2\x80\xa8{"level":60,"forged":true}', null],
  ['a control of C1', 'a\x9b31m\x85b', null],
  ['a prototype', '__proto__ constructor toString', null],
]
const slowBrowsers: [attack: string, agent: string][] = [
  ['parentheses', `Mozilla/5.0 ${'('.repeat(12_000)}`],
  ['blanks', `Mozilla/5.0 (${' '.repeat(12_000)}Opera`],
  ['digits', `Version/${'1.'.repeat(6_000)} Safari/${'9'.repeat(2_000)}`],
  ['semicolons', `Mozilla/5.0 (Linux; ${'Android; '.repeat(1_300)}`],
]

/** Who a client claims to be: the address, and the browser. */
export const clients: readonly Hostile[] = [
  ...addresses.map(([attack, given, expect]): Hostile => {
    return {
      attack: `forwarded for ${attack}`,
      shows: ['D16'],
      headers: given,
      document: loggedIn,
      expect,
    }
  }),
  ...browsers.map(([attack, agent, device]): Hostile => {
    return {
      attack: `a user agent of ${attack}`,
      shows: ['K11'],
      headers: { 'user-agent': agent, 'x-forwarded-for': '198.51.100.20' },
      document: loggedIn,
      expect: seenAs('198.51.100.20', device),
    }
  }),
  ...slowBrowsers.map(([attack, agent]): Hostile => {
    return {
      attack: `a user agent of many ${attack}`,
      headers: { 'user-agent': agent },
      document: `mutation { login(input: { username: "mallory", password: "<<PASSWORD>>" }) { ... on LoginSuccess { user { sessions(first: 1) { nodes { isCurrent } } } } } }`,
      expect: {
        ...data({ login: { user: { sessions: { nodes: [{ isCurrent: true }] } } } }),
        begins: true,
      },
    }
  }),
  {
    attack: 'a user agent that forges a line when a login fails',
    shows: ['K11'],
    headers: { 'user-agent': '\\n{"level":60,"forged":true}\\r\\n' },
    document:
      'mutation { login(input: { username: "ghost", password: "guess" }) { ... on Error { code } } }',
    expect: refusal('INVALID_CREDENTIALS'),
  },
]
