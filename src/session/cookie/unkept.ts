import type { Exchange } from '../../http/exchange.ts'
import { isTrustworthy } from '../../http/trustworthy.ts'

/** Will the browser drop the session cookie, as far as the server can tell: a Secure one over plain HTTP? */
export function losesCookie(exchange: Exchange, { secure }: { readonly secure: boolean }): boolean {
  return secure && !isTrustworthy(exchange)
}

/** What a sign-in says where the browser loses the cookie. */
export const noSignInHere = {
  title: 'No sign-in works here.',
  /** For the visitor. */
  advice:
    'This page came over plain HTTP, as far as the server can tell, and the session cookie is for HTTPS alone. Open the page over HTTPS.',
  /** After a try, in the place of who has signed in. */
  outcome: 'You are not signed in: your browser has kept no cookie.',
}

/** What a sign-in says where it has worked, but the browser sends no cookie, although it could have kept one. */
export const cookieNotSent =
  'You are not signed in: your browser has sent no cookie back. Does it block the cookies of this site?'
