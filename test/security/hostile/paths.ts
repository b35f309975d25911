import { badInput, closed, nobody, served, whoami } from './entry.ts'
import type { Expected, Hostile } from './entry.ts'

const nothing: Expected = { statuses: [404] }

const strangers: string[] = [
  '//graphql',
  '/graphql/',
  '/graphql/graphql',
  '/./graphql',
  '/x/../graphql',
  '/graphql/..',
  '/%67raphql',
  '/graphql%2f',
  '/graphql%00',
  '/graphql%3fquery=1',
  '/GRAPHQL',
  '/graphql;sessionid=<<KEY>>',
  '/graphql.json',
  '/graphql#x',
  '/graphql\\',
  '/graphql&x',
  '/../../../../etc/passwd',
  '/..%2f..%2f..%2fetc%2fpasswd',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/..%c0%af..%c0%afetc/passwd',
  '/..\\..\\windows\\win.ini',
  '/file:///etc/passwd',
  '/.env',
  '/.git/config',
  '/package.json',
  '/dist/main.js',
  '/node_modules/graphql/package.json',
  '/data/coatcheck.db',
  '/data/secret-key',
  '/schema.graphql',
  '/wp-admin',
  '/graphiql',
  '/metrics',
  '/debug/pprof',
  '/.well-known/apollo/server-health',
  '/__proto__',
  '/constructor',
  '/toString',
  '/x%0d%0aSet-Cookie:%20a=b',
  '/x%0a{"level":60,"forged":true}',
  '/<script>alert(1)</script>',
  '/%u0041%zz%',
  `/${'a/'.repeat(6_000)}`,
  'http://coat.example/admin',
  'http://evil.example/graphql?query={__typename}',
]

/** No targets of a request, by RFC 9112. */
const unreadable = ['\\graphql', 'graphql', '/gr\xc3\xa4phql', '/gr\xe4phql', '/gra\x7fphql']

const methods = ['PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'PURGE', 'LINK', 'M-SEARCH', 'HEAD']
const allow = { allow: 'GET, POST, OPTIONS' }

const asked: readonly Hostile[] = [
  ...['FOO', 'get', 'POST\0', 'GET\tPOST', '__proto__'].map((method): Hostile => {
    return {
      attack: `a method ${JSON.stringify(method)}`,
      method,
      document: '{ __typename }',
      expect: badInput,
    }
  }),
  ...methods.map((method): Hostile => {
    const code = method === 'HEAD' ? {} : { code: 'BAD_USER_INPUT' }
    return {
      attack: `the method ${method}`,
      shows: ['F10'],
      as: 'user',
      method,
      headers: { 'content-type': null },
      expect: { statuses: [405], ...code, headers: allow },
    }
  }),
  {
    attack: 'a tunnel',
    shows: ['F10'],
    raw: 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n',
    expect: closed,
  },
  {
    attack: 'options of everything',
    raw: 'OPTIONS * HTTP/1.1\r\nHost: coat.example\r\nConnection: close\r\n\r\n',
    expect: nothing,
  },
  {
    attack: 'a query that is no text in percents',
    method: 'GET',
    path: '/graphql?query=%zz%',
    expect: badInput,
  },
  {
    attack: 'a query that is no UTF-8',
    method: 'GET',
    path: '/graphql?query=%ff%fe',
    expect: badInput,
  },
  {
    attack: 'a query as a list',
    method: 'GET',
    path: '/graphql?query[]={__typename}',
    expect: badInput,
  },
  {
    attack: 'a query of the prototype',
    method: 'GET',
    path: '/graphql?__proto__[query]={__typename}',
    expect: badInput,
  },
  {
    attack: 'a key in the address',
    shows: ['A4'],
    method: 'GET',
    path: '/graphql?query=%7Bme%7Busername%7Dsession%7Bid%7D%7D&sessionid=<<KEY>>&sid=<<KEY>>&__Host-id=<<KEY>>',
    expect: nobody,
  },
  {
    attack: 'a key in the address of a POST',
    shows: ['A4'],
    path: '/graphql?sessionid=<<KEY>>&token=<<KEY>>',
    document: whoami,
    expect: nobody,
  },
  {
    attack: '4,000 parameters',
    path: `/graphql?${'a=b&'.repeat(3_500)}`,
    document: '{ __typename }',
    expect: served,
  },
  {
    attack: 'a second question mark',
    path: '/graphql?/../admin?x',
    document: '{ __typename }',
    expect: served,
  },
  {
    attack: 'a line in the address',
    shows: ['K11'],
    path: '/graphql?x=%0d%0a{"level":60,"forged":true}',
    document: '{ __typename }',
    expect: served,
  },
  {
    attack: 'a form to the probe of health',
    path: '/health',
    headers: { 'content-type': 'text/plain' },
    body: '<script>',
    expect: { statuses: [405], headers: { allow: 'GET, HEAD' } },
  },
  {
    attack: 'a secret from the probe of readiness',
    method: 'GET',
    path: '/ready?verbose=1',
    expect: { statuses: [200], body: { status: 'ready' } },
  },
  {
    attack: 'a page where there is none',
    shows: ['E12'],
    method: 'GET',
    headers: { accept: 'text/html', 'content-type': null },
    expect: { statuses: [406] },
  },
]

/** Paths that almost are ours, files that an operator may have left, and methods that the server does not have. */
export const paths: readonly Hostile[] = [
  ...strangers.map((path): Hostile => {
    const shows = path.includes('graphql') ? ['D20'] : []
    const attack = `the path ${path.slice(0, 60)}`
    return { attack, shows, path, document: '{ __typename }', expect: nothing }
  }),
  ...unreadable.map((path): Hostile => {
    return { attack: `no path: ${path}`, path, document: '{ __typename }', expect: badInput }
  }),
  ...asked,
]
