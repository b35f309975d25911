import type { Exchange } from '../../http/exchange.ts'
import { cookieNotSent, noSignInHere } from '../../session/cookie/unkept.ts'
import { hashOf, sendDocument } from './document.ts'

/** What the sign-in page must know of its visitor. */
export interface Situation {
  /** How long the session of staff may be idle, in seconds; null: as the server has it. */
  readonly age: number | null
  /** Is a user who is not staff signed in? */
  readonly isSignedIn: boolean
  /** The address of the sign-in of /admin, from this page; null where there is none, or it is not known. */
  readonly admin: string | null
  /** Will the browser drop the session cookie, as far as the server can tell? */
  readonly losesCookie: boolean
}

/**
 * Asks a visitor who is not staff to sign in, by the `login` of the API at the address of the page. So staff get in wherever
 * the API is mounted, with or without pages for staff beside it; a link leads to the sign-in of these. Like GraphiQL, it
 * needs JavaScript. Its status is 200.
 */
export function askToSignIn(exchange: Exchange, situation: Situation): true {
  sendDocument(exchange, {
    title: 'Staff only',
    policy: [
      `script-src ${hashOf(script)}`,
      `style-src ${hashOf(styles)}`,
      'img-src data:',
      "connect-src 'self'",
    ],
    head: `<style>${styles}</style>`,
    body: bodyWith(situation),
  })
  return true
}

/** It stands alone, and asks for no file. */
const styles = `
  :root { color-scheme: light dark; }
  body { margin: 0; padding: clamp(1.5rem, 12vh, 8rem) 1.25rem; font: 1rem/1.5 system-ui, sans-serif; background: light-dark(#f5f7f7, #101716); color: light-dark(#16211f, #e7efed); }
  main { max-width: 32rem; margin: 0 auto; padding: 1.5rem; background: light-dark(#fff, #182120); border: 1px solid light-dark(#d5dddb, #31403d); border-radius: 12px; }
  h1 { margin: 0 0 0.75rem; font-size: 1.4rem; line-height: 1.25; }
  p { margin: 0; }
  p:empty { display: none; }
  strong { display: block; }
  a { color: inherit; }
  p + p:not([role]) { margin-top: 0.75rem; }
  .notice { margin-bottom: 0.75rem; padding: 0.5rem 0.75rem; border-left: 4px solid light-dark(#9a6700, #e3b341); }
  [role=alert] { margin-top: 1rem; color: light-dark(#a3261b, #ffb4a9); }
  label { display: block; margin-top: 1rem; }
  input { box-sizing: border-box; display: block; width: 100%; padding: 0.5rem; font: inherit; color: inherit; background: transparent; border: 1px solid light-dark(#6b7a77, #8fa19d); border-radius: 6px; }
  button { margin-top: 1.25rem; padding: 0.5rem 1rem; font: inherit; color: light-dark(#fff, #0d1413); background: light-dark(#0b5f58, #7fe3d4); border: 0; border-radius: 6px; }
`

const script = `{
const form = document.querySelector('form')
const said = document.querySelector('[role=alert]')
const login = 'mutation StaffSignIn($input: LoginInput!) { login(input: $input) { ... on LoginSuccess { user { isStaff } } ... on Error { message } } }'
const look = 'query StaffCheck { me { isStaff } }'
const stay = 'mutation StaffAge($seconds: Int) { setSessionExpiry(seconds: $seconds) { __typename } }'
const ask = async (query, variables) => {
  const answer = await fetch(location.pathname, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  })
  return answer.json()
}
form.addEventListener('submit', async (event) => {
  event.preventDefault()
  try {
    const { data, errors } = await ask(login, { input: Object.fromEntries(new FormData(form)) })
    if (data?.login.user?.isStaff) {
      const { me } = (await ask(look)).data
      if (me === null) return void (said.textContent = form.dataset.noCookie)
      const seconds = Number(form.dataset.age)
      if (seconds) await ask(stay, { seconds }).catch(() => {}) // they are signed in all the same
      location.reload()
    } else said.textContent = data?.login.message ?? errors?.[0].message ?? 'You are signed in now, and you are not staff.'
  } catch {
    said.textContent = 'The server did not answer.'
  }
})
}`

const bodyWith = ({ age, isSignedIn, admin, losesCookie }: Situation) => `<body>
    <main>
      <h1>GraphiQL is for staff here</h1>
      ${losesCookie ? plainHttp : ''}
      ${isSignedIn ? '<p role="status">You are signed in as a user who is not staff. Signing in here ends that session.</p>' : ''}
      <p>${admin === null ? elsewhere : `Sign in here as a member of staff, or at <a href="${admin}">the sign-in of the staff’s pages</a>, and load this page again.`}</p>
      <noscript><p>GraphiQL and this form need JavaScript.</p></noscript>
      <form data-age="${age ?? ''}" data-no-cookie="${losesCookie ? noSignInHere.outcome : cookieNotSent}">
        <label>Username <input name="username" autocomplete="username" required /></label>
        <label>Password <input name="password" type="password" autocomplete="current-password" required /></label>
        <p role="alert"></p>
        <button>Sign in</button>
      </form>
    </main>
    <script>${script}</script>
  </body>`

const elsewhere =
  'Sign in as a member of staff. Where another page of this site signs staff in, use that one, and load this page again.'

const plainHttp = `<div class="notice"><p><strong>${noSignInHere.title}</strong> ${noSignInHere.advice}</p>
      <p>If you run the server: put a proxy with TLS in front of it, and name it in TRUST_PROXY. On a network of your own, SESSION_COOKIE_SECURE=false lets the cookie go over HTTP, where any machine between can read it.</p></div>`
