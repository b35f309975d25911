import { currentUser } from '../auth/logins/caller.ts'
import { refuse, send, sendNothing } from '../http/answer.ts'
import { sendAsset } from '../http/asset.ts'
import { setHeader } from '../http/exchange.ts'
import type { Exchange } from '../http/exchange.ts'
import { takeForm } from '../http/hosted-body.ts'
import type { Handler } from '../http/server.ts'
import { isolate } from '../http/trustworthy.ts'
import { InvalidInput, NotFound } from '../refusals.ts'
import { losesCookie } from '../session/cookie/unkept.ts'
import { loadAssets } from './assets.ts'
import type { DeskOptions, DeskParts, PageParts } from './desk-parts.ts'
import { renderDocument } from './document.tsx'
import { errorOf, noPage, noSuchAct, notFound } from './errors.tsx'
import { pagesWith } from './pages.ts'
import { forgetOurs } from './links.ts'
import { isLedByOthers, isNavigation, pageHeaders } from './page-headers.ts'
import { askToSignIn, signIn } from './sign-in.tsx'
import type { AnyVisit, GoTo, Page, PageRequest, View, Visit } from './visit.ts'

/** OPTIONS is answered with the verdict on the origin. */
const methods = ['GET', 'HEAD', 'POST', 'OPTIONS']

/** What answers a request: a page, and who looks at it, if they may see more than the sign-in. */
interface Answer {
  readonly outcome: View | GoTo
  readonly staff: Visit['staff'] | null
}

/** Opens the pages: judges each request, reads its form, serves it with its session, and renders what it comes to. */
export async function openDesk(parts: DeskParts, options: DeskOptions): Promise<Handler> {
  const { pages: desk, withSession, judge, log } = parts
  const { limits, cookie } = options
  const assets = await loadAssets()
  const pages = pagesWith(desk.sections)

  return (exchange) => {
    answer(exchange)
      .catch(async (error: unknown) => {
        if (hasLeft(exchange)) return
        const outcome = await errorOf(error, { desk, log, requestId: exchange.id })
        if (hasLeft(exchange)) return
        if (exchange.response.headersSent) return void exchange.response.destroy()
        sendView(exchange, new URLSearchParams(), { outcome, staff: null })
      })
      .catch((error: unknown) => {
        log.error({ err: error, requestId: exchange.id }, 'a page of /admin failed')
        exchange.response.destroy()
      })
  }

  async function answer(exchange: Exchange): Promise<void> {
    if (judge.refusesHost(exchange)) return
    const { request, client } = exchange
    const params = queryOf(request.url ?? '')
    // What is done by a form is said on the page that it leads to, and on no page that answers one.
    if (isLedByOthers(request) || request.method === 'POST') forgetOurs(params)
    if (isLedByOthers(request) && params.has('next')) {
      const next = new URLSearchParams(params.get('next') ?? '')
      forgetOurs(next)
      params.set('next', next.toString())
    }
    if (!methods.includes(request.method ?? '')) {
      setHeader(exchange, 'Allow', methods.join(', '))
      return refuse(exchange, 405, { message: 'These are pages, and forms that they post.' })
    }
    const asset = params.get('asset')
    if (asset !== null && request.method === 'GET' && sendAsset(exchange, assets.byName.get(asset)))
      return
    // A link from another site may lead here, as to any page. What else another site sends is refused, forms above all. One
    // of ALLOWED_ORIGINS is another site too: it may use the API, which makes no user staff and sets no user's password.
    if (!isNavigation(request) && judge.refusesOtherOrigin(exchange)) return
    const form = request.method === 'POST' ? await takeForm(exchange, limits.bodyBytes) : null
    const served = await withSession(exchange, ({ session, roster }) =>
      respond(pages, {
        desk,
        caller: { session, roster, client, exchange },
        params,
        form,
        faults: [],
        losesCookie: losesCookie(exchange, cookie),
      }),
    )
    sendView(exchange, params, served)
  }

  function sendView(exchange: Exchange, params: URLSearchParams, { outcome, staff }: Answer) {
    for (const [name, value] of Object.entries(pageHeaders)) setHeader(exchange, name, value)
    isolate(exchange)
    if ('to' in outcome) {
      setHeader(exchange, 'Location', outcome.to)
      return sendNothing(exchange, 303)
    }
    const { status = 200, headers = {}, code = null } = outcome
    exchange.code = code
    for (const [name, value] of Object.entries(headers)) setHeader(exchange, name, value)
    const html = renderDocument(outcome, { assets, staff, params, sections: desk.sections })
    send(exchange, status, 'text/html; charset=utf-8', html)
  }
}

/** Has the caller gone, so that an answer cannot reach them? */
function hasLeft({ request, response }: Exchange): boolean {
  return (request.destroyed && !request.complete) || response.destroyed
}

/** What the request comes to. Strangers see the sign-in alone, and come back to what they wanted. */
async function respond(
  pages: ReadonlyMap<string, Page>,
  request: PageRequest<keyof PageParts>,
): Promise<Answer> {
  const { params, form, caller } = request
  const name = params.get('page') ?? 'home'
  if (name === 'sign-in') return { outcome: await signIn(request), staff: null }
  const page = pages.get(name)
  const staff = await currentUser(caller)
  if (!staff?.isStaff) return { outcome: await askToSignIn(request, staff, page), staff: null }
  const visit: AnyVisit = { ...request, staff }
  if (page === undefined) return { outcome: noPage(), staff }
  const ifMissing = missingOn(name)
  if (form === null) return { outcome: await page.show(visit).catch(ifMissing), staff }
  const wanted = form.get('do') ?? ''
  const act = page.acts && Object.hasOwn(page.acts, wanted) ? page.acts[wanted] : undefined
  if (act === undefined) return { outcome: noSuchAct(), staff }
  try {
    return { outcome: await act(visit, form), staff }
  } catch (error) {
    if (!(error instanceof InvalidInput)) return { outcome: ifMissing(error), staff }
    const again = await page.show({ ...visit, faults: error.fields })
    return { outcome: { ...again, isRefused: true }, staff }
  }
}

/** Gives the page for what is not there, with the way to the other pages. Any other error goes on. */
function missingOn(page: string): (error: unknown) => View {
  return (error) => {
    if (error instanceof NotFound) return notFound(error.message, page)
    throw error
  }
}

function queryOf(url: string): URLSearchParams {
  const at = url.indexOf('?')
  return new URLSearchParams(at === -1 ? '' : url.slice(at))
}
