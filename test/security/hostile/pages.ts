import { refusedWith } from './entry.ts'
import type { Expected, Hostile } from './entry.ts'

// The staff's pages at /admin. What forges is sent with the cookie of staff, as a browser of theirs would send it.

const form = 'application/x-www-form-urlencoded'
const ofVictim = '/admin?page=session&id=<<VICTIM_ID>>'
const refused = refusedWith(403, 'FORBIDDEN')
const nothing: Expected = { statuses: [404] }
const askedToSignIn = (wanted: string): Expected => ({
  statuses: [303],
  headers: {
    location: `?page=sign-in&next=${wanted.replaceAll('=', '%3D').replaceAll('&', '%26')}`,
  },
})

/** The sign-in, with no word of the page that was asked for: nothing was done. */
const signIn = (says: string): Expected => ({
  statuses: [200],
  headers: { location: null },
  page: { heading: 'Staff sign-in', says },
})
const isOver = signIn('Nothing was done: your session was over when you sent the form.')
const isForStaff = signIn('Nothing was done: the form that you sent is for staff alone.')
const isWrong = signIn('The username or the password is wrong, or the user is not staff.')

const origins: Readonly<Record<string, string | readonly string[]>>[] = [
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { origin: '' },
  { origin: 'http://coat.example.evil.example' },
  { origin: 'http://sub.coat.example' },
  { origin: 'http://coat.example:8080' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
  { origin: 'https://evil.example', 'x-csrf-token': 'guess', 'x-requested-with': 'XMLHttpRequest' },
  { origin: 'https://evil.example', 'x-http-method-override': 'GET' },
  { referer: 'https://evil.example/', 'sec-fetch-site': 'cross-site' },
  { referer: 'https://evil.example/admin?page=home' },
  { referer: 'http://coat.example.evil.example/' },
  { referer: 'about:blank' },
  { origin: 'https://evil.example', 'sec-fetch-site': 'none' },
  { origin: 'https://coat.example, https://evil.example' },
  { origin: ['http://coat.example', 'https://evil.example'] },
  { origin: 'http://coat.example@evil.example' },
  { origin: 'http://coat.example/' },
  // A listed origin may use the API, and no more.
  { origin: 'https://shop.example' },
  { origin: 'https://shop.example', 'sec-fetch-site': 'same-site' },
]

const ofVictimUser = (to: string) => `/admin?page=change-user&id=<<VICTIM_USER_ID>>&to=${to}`

const forged: readonly Hostile[] = [
  ...origins.map((headers): Hostile => {
    return {
      attack: `an end of a session, by a form from ${JSON.stringify(headers)}`,
      shows: ['G16'],
      as: 'staff',
      path: ofVictim,
      headers: { 'content-type': form, ...headers },
      body: 'do=end',
      expect: refused,
    }
  }),
  ...[
    ['a sign-in', '/admin?page=sign-in', 'username=admin&password=<<ADMIN_PASSWORD>>'],
    ['a sign-out', '/admin?page=home', 'do=sign-out'],
    ['a new member of staff', '/admin?page=new-user', 'do=make&username=eve&password=x&staff=yes'],
    ['another password', ofVictimUser('set-password'), 'do=set-password&password=x'],
    ...['deactivate', 'activate', 'promote', 'demote'].map((to) => [
      `a change of a user (${to})`,
      ofVictimUser(to),
      `do=${to}`,
    ]),
    ['an end of all sessions', '/admin?page=sessions', 'do=end-every&sure=yes&at=1700000000000'],
  ].map(([what, path, body]): Hostile => {
    return {
      attack: `${what}, by a form of another origin`,
      shows: ['G16'],
      as: 'staff',
      path: path!,
      headers: { 'content-type': form, origin: 'https://evil.example' },
      body: body!,
      expect: refused,
    }
  }),
  ...[
    'text/plain',
    'application/json',
    'multipart/form-data',
    'multipart/form-data; boundary=x',
    '',
  ].map((type): Hostile => ({
    attack: `an end of a session as ${type === '' ? 'no type at all' : type}`,
    shows: ['G16'],
    as: 'staff',
    path: ofVictim,
    headers: { 'content-type': type === '' ? null : type },
    body: type.includes('boundary')
      ? '--x\r\nContent-Disposition: form-data; name="do"\r\n\r\nend\r\n--x'
      : 'do=end',
    expect: { statuses: [415] },
  })),
  ...[
    { 'x-http-method-override': 'POST' },
    { 'x-http-method': 'POST', 'x-method-override': 'POST' },
  ].map((headers): Hostile => {
    return {
      attack: `an end of a session by a GET that says ${JSON.stringify(headers)}`,
      shows: ['G16'],
      as: 'staff',
      method: 'GET',
      path: `${ofVictim}&do=end&_method=POST`,
      headers,
      expect: { statuses: [200] },
    }
  }),
  {
    attack: 'a link of another site to an end of all sessions',
    shows: ['G16'],
    as: 'staff',
    method: 'GET',
    path: '/admin?page=end-sessions&status=ACTIVE&do=end-every&sure=yes&at=1700000000000',
    headers: {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    },
    expect: { statuses: [200] },
  },
  {
    attack: 'the pages in a frame of another site',
    shows: ['G16', 'F8'],
    as: 'staff',
    method: 'GET',
    path: '/admin?page=home',
    headers: {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'iframe',
    },
    expect: refused,
  },
  ...['https://evil.example', 'https://shop.example'].flatMap((origin): Hostile[] => [
    {
      attack: `a preflight for the pages from ${origin}`,
      shows: ['G16'],
      method: 'OPTIONS',
      path: '/admin',
      headers: { origin, 'access-control-request-method': 'POST' },
      expect: refused,
    },
    {
      attack: `the list of users, read by a script of ${origin}`,
      shows: ['G16'],
      as: 'staff',
      method: 'GET',
      path: '/admin?page=users',
      headers: { origin },
      expect: refused,
    },
    {
      attack: `another password, by a form of ${origin}`,
      shows: ['G16'],
      as: 'staff',
      path: ofVictimUser('set-password'),
      headers: { 'content-type': form, origin },
      body: 'do=set-password&password=hunter2hunter2hunter2',
      expect: refused,
    },
  ]),
]

/** Who is no staff: strangers, and a user. */
const pages = [
  'sessions',
  'end-sessions',
  'end-sessions&pick=<<VICTIM_ID>>',
  'session&id=<<VICTIM_ID>>',
  'users',
  'user&id=<<VICTIM_USER_ID>>',
  'end-session&id=<<VICTIM_ID>>',
  'change-user&id=<<VICTIM_USER_ID>>&to=promote',
  'audit',
]
const uninvited: readonly Hostile[] = [
  ...[undefined, 'user' as const].flatMap((as) =>
    pages.map((page): Hostile => {
      const wanted = `page=${page}`
      return {
        attack: `the page of ${page}, by ${as ? 'a user who is not staff' : 'a stranger'}`,
        shows: ['G15'],
        ...(as && { as }),
        method: 'GET',
        path: `/admin?${wanted}`,
        expect: askedToSignIn(wanted),
      }
    }),
  ),
  ...[undefined, 'user' as const].flatMap((as) =>
    [
      [ofVictim, 'do=end'],
      ['/admin?page=change-user&id=<<USER_ID>>&to=promote', 'do=promote'],
      [ofVictimUser('deactivate'), 'do=deactivate'],
      [ofVictimUser('set-password'), 'do=set-password&password=hunter2hunter2hunter2'],
      ['/admin?page=new-user', 'do=make&username=eve2&password=correct+horse+battery&staff=yes'],
      ['/admin?page=sessions', 'do=review-every'],
      ['/admin?page=sessions', 'do=sign-out'],
      ['/admin?page=nonsense', 'do=nonsense'],
      ['/admin?page=users&done=user-made&next=//evil.example', 'do=<script>alert(1)</script>'],
    ].map(([path, body]): Hostile => {
      return {
        attack: `${body!.slice(0, 20)} at ${path} by ${as ? 'a user who is not staff' : 'a stranger'}`,
        shows: ['G15'],
        ...(as && { as }),
        path: path!,
        headers: { 'content-type': form },
        body: body!,
        expect: as ? isForStaff : isOver,
      }
    }),
  ),
  {
    attack: 'a sign-out by a stranger',
    shows: ['G15'],
    path: '/admin?page=home',
    headers: { 'content-type': form },
    body: 'do=sign-out',
    expect: { statuses: [303], headers: { location: '?page=sign-in' } },
  },
  {
    attack:
      'a form of a stranger at an address that the sign-in would lead back to, of 9,000 bytes',
    shows: ['G18'],
    path: `/admin?page=sessions&user=${'a%00'.repeat(2_250)}`,
    headers: { 'content-type': form },
    body: 'do=review-every',
    expect: isOver,
  },
  {
    attack: 'a link that would have the sign-in say that nothing was done',
    shows: ['G18'],
    method: 'GET',
    path: '/admin?page=sign-in&isUndone=true&problem=Call+us&reason=REVOKED&done=user-made',
    headers: { 'x-forwarded-proto': 'https' },
    expect: signIn('Staff sign-inUsername'),
  },
  {
    attack: 'a sign-in to the pages by a user who is not staff',
    shows: ['G15'],
    path: '/admin?page=sign-in',
    headers: { 'content-type': form },
    body: 'username=mallory&password=<<PASSWORD>>',
    expect: isWrong,
  },
]

const elsewhere = [
  '//evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  'https:evil.example',
  'https://evil.example/?page=home',
  'javascript:alert(1)',
  '@evil.example',
  '%2f%2fevil.example',
  '\r\nLocation: https://evil.example',
  'page=home\r\nSet-Cookie: a=b',
  'page=//evil.example',
  'page=sign-in&next=//evil.example',
]

const redirects = elsewhere.map((next): Hostile => {
  return {
    attack: `a sign-in that leads to ${JSON.stringify(next)}`,
    shows: ['G18'],
    path: `/admin?${new URLSearchParams({ page: 'sign-in', next })}`,
    headers: { 'content-type': form },
    body: 'username=admin&password=<<ADMIN_PASSWORD>>',
    expect: { statuses: [303], headers: { location: '?page=sign-in&signed-in=yes' }, begins: true },
  }
})

const names = ["' OR 1=1 --", '<script>alert(1)</script>', '\0', '\ud800', 'x'.repeat(90_000)]
const paths =
  '/admin/..%2f /admin/../admin /admin/./ /admin%2f /admin%00 /admin/%2e%2e/ /ADMIN /admin;x=y /admin/users //admin /admin/..;/ /%61dmin /admin\\'.split(
    ' ',
  )

const odd: readonly Hostile[] = [
  ...names.map((username): Hostile => {
    return {
      attack: `a sign-in to the pages as ${JSON.stringify(username.slice(0, 40))}`,
      shows: ['G17'],
      path: '/admin?page=sign-in',
      headers: { 'content-type': form },
      body: new URLSearchParams({ username, password: 'x' }).toString(),
      expect: isWrong,
    }
  }),
  ...paths.map((path): Hostile => {
    return { attack: `the pages at ${path}`, as: 'staff', method: 'GET', path, expect: nothing }
  }),
  ...['PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND'].map((method): Hostile => {
    return {
      attack: `the pages by ${method}`,
      as: 'staff',
      method,
      path: ofVictim,
      headers: { 'content-type': form },
      expect: { statuses: [405], headers: { allow: 'GET, HEAD, POST, OPTIONS' } },
    }
  }),
  ...['do=__proto__', 'do=constructor', 'do=nonsense&do=end', 'do[]=end', 'do=%zz%ff', ''].map(
    (body): Hostile => ({
      attack: `a form of staff that says ${JSON.stringify(body)}`,
      as: 'staff',
      path: ofVictim,
      headers: { 'content-type': form },
      body,
      expect: { statuses: [400] },
    }),
  ),
  ...['http://coat.example/admin?page=home', 'no address'].map((referer): Hostile => ({
    attack: `a form of staff with the referer ${referer}`,
    as: 'staff',
    path: ofVictim,
    headers: { 'content-type': form, referer },
    body: 'do=nonsense',
    expect: { statuses: [400] },
  })),
  {
    attack: 'a form that is no UTF-8',
    path: '/admin?page=sign-in',
    headers: { 'content-type': form },
    body: Uint8Array.of(0x75, 0x3d, 0xff, 0xfe),
    expect: { statuses: [400] },
  },
  {
    attack: 'a form of 102,401 bytes',
    path: '/admin?page=sign-in',
    headers: { 'content-type': form },
    body: `username=${'x'.repeat(102_392)}`,
    expect: { statuses: [413] },
  },
  {
    attack: 'a compressed form',
    path: '/admin?page=sign-in',
    headers: { 'content-type': form, 'content-encoding': 'gzip' },
    body: 'username=x',
    expect: { statuses: [415] },
  },
  {
    attack: 'an address of 9,000 bytes, which a sign-in could lead back to',
    shows: ['G18'],
    method: 'GET',
    path: `/admin?page=sessions&user=${'a%00'.repeat(2_250)}`,
    expect: { statuses: [303], headers: { location: '?page=sign-in' } },
  },
  {
    attack: 'an end of all sessions that says both no and yes',
    as: 'staff',
    path: '/admin?page=sessions',
    headers: { 'content-type': form },
    body: 'do=end-every&sure=no&sure=yes&at=1700000000000',
    expect: { statuses: [303], headers: { location: '?page=end-sessions&status=ACTIVE' } },
  },
  {
    attack: 'an end of all sessions that began before a year to come',
    as: 'staff',
    path: '/admin?page=sessions',
    headers: { 'content-type': form },
    body: 'do=end-every&sure=yes&at=9999999999999',
    expect: { statuses: [303], headers: { location: '?page=end-sessions&status=ACTIVE' } },
  },
  {
    attack: 'a form that picks 20,000 sessions',
    as: 'staff',
    path: '/admin?page=sessions',
    headers: { 'content-type': form },
    body: `do=review-picked${'&id=x'.repeat(20_000)}`,
    expect: { statuses: [200] },
  },
  ...['page=__proto__', 'page=constructor', 'page[]=users', 'page=sessions%00'].map(
    (query): Hostile => ({
      attack: `the page ${query}`,
      as: 'staff',
      method: 'GET',
      path: `/admin?${query}`,
      expect: { statuses: query.startsWith('page[]') ? [200] : [404] },
    }),
  ),
  ...['../../package.json', '__proto__', '/etc/passwd', '%00.css'].map((name): Hostile => {
    return {
      attack: `a file of the pages called ${name}`,
      method: 'GET',
      path: `/admin?asset=${name}`,
      expect: { statuses: [303] },
    }
  }),
  {
    attack: 'two names in one sign-in',
    path: '/admin?page=sign-in',
    headers: { 'content-type': form },
    body: 'username=mallory&username=admin&password=<<PASSWORD>>&password=<<ADMIN_PASSWORD>>',
    expect: isWrong,
  },
  {
    attack: 'the head of a page',
    as: 'staff',
    method: 'HEAD',
    path: ofVictim,
    headers: { 'content-type': null },
    expect: { statuses: [200] },
  },
]

/** The staff's pages: forged forms, uninvited readers, sign-ins that lead elsewhere, odd paths, methods and forms. */
export const staffPages: readonly Hostile[] = [...forged, ...uninvited, ...redirects, ...odd]
