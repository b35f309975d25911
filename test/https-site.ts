import { execFileSync } from 'node:child_process'
import { request } from 'node:https'
import { join } from 'node:path'
import { programOrSkip } from './programs.ts'

/** Where `openssl` is; null, with a line that says so, where tests over HTTPS must be skipped. */
export const opensslProgram = programOrSkip('openssl')

/** Writes a key and a certificate of our own into `folder`, as certbot names them. */
export function makeCertificate(folder: string): void {
  const words =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=shop.example'
  const [key, certificate] = [join(folder, 'privkey.pem'), join(folder, 'fullchain.pem')]
  execFileSync(
    opensslProgram ?? 'openssl',
    [...words.split(' '), '-keyout', key, '-out', certificate],
    {
      stdio: 'ignore',
    },
  )
}

/** What a site answers. */
export interface Answer {
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: unknown // null where it is no JSON
}

/** Asks the site on `port` of this machine who is signed in, under its name. */
export function askSite(
  port: number,
  headers: Record<string, string>,
  path = '/graphql',
): Promise<Answer> {
  return new Promise((done, fail) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method: 'POST',
        rejectUnauthorized: false, // the certificate is our own
        headers: { 'content-type': 'application/json', host: 'shop.example', ...headers },
      },
      (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (piece: string) => (text += piece))
        answer.once('end', () =>
          done({
            status: answer.statusCode,
            headers: answer.headers,
            body: text.startsWith('{') ? JSON.parse(text) : null,
          }),
        )
      },
    )
    asked.once('error', fail)
    asked.end(JSON.stringify({ query: '{ me { username } session { ipAddress } }' }))
  })
}

/** The headers of a page of the site, with this session, which pretends to come from elsewhere and in the clear. */
export function pretending(cookie: string | null): Record<string, string> {
  return {
    cookie: `sessionid=${cookie}`,
    origin: 'https://shop.example',
    'x-forwarded-for': '203.0.113.7',
    'x-forwarded-proto': 'http',
    forwarded: 'for=203.0.113.7;proto=http',
  }
}
