import { exchange } from './hostile/exchange.ts'

/**
 * Posts `document` under a Cookie header of these bytes, one a character: fetch would refuse or tidy up most of what is
 * sent here. `cookies` may be several headers.
 */
export async function postWith(
  url: string,
  cookies: string | readonly string[],
  document: string,
): Promise<{ status: number; data: unknown; setCookie: string[] }> {
  const body = JSON.stringify({ query: document })
  const lines = [
    'POST /graphql HTTP/1.1',
    `Host: ${new URL(url).host}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    'Connection: close',
    ...[cookies].flat().map((cookie) => `Cookie: ${cookie}`),
  ]
  const [answer] = await exchange(
    url,
    Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1'),
  )
  if (answer === undefined) throw new Error('The connection was closed without an answer.')
  const { data } = JSON.parse(answer.body) as { data?: unknown }
  const setCookie = answer.headers
    .filter(([name]) => name === 'set-cookie')
    .map(([, value]) => value)
  return { status: answer.status, data, setCookie }
}
