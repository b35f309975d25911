import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import type { TestServer } from './harness.ts'
import { createWatch, launchChromium } from './watched-browser.ts'

/** The settings of a server in production, whose cookie is Secure. */
export const inProduction = { NODE_ENV: 'production', SECRET_KEY: 'k'.repeat(40) }

/** A server, and a browser that reaches it over plain HTTP. */
export interface OverPlainHttp {
  /** The server's address by a name: browsers keep a Secure cookie of `localhost`, and drop one of `shop.example`. */
  at(host: 'localhost' | 'shop.example'): string
  /** A page of a new visitor, which may ask the server by that name alone. */
  newPage(host: 'localhost' | 'shop.example', options?: BrowserContextOptions): Promise<Page>
}

/**
 * Starts a server by `start`, and a browser, for the tests of the `describe` that calls this, and ends both after them. A test
 * fails where a page writes an error to the console: headers that a browser does not heed over plain HTTP would be such.
 */
export function openOverPlainHttp(start: () => Promise<TestServer>): OverPlainHttp {
  const watch = createWatch()
  let server: TestServer
  let browser: Browser

  beforeAll(async () => {
    server = await start()
    browser = await launchChromium('--host-resolver-rules=MAP shop.example 127.0.0.1')
  })
  afterEach(async () => expect(await watch.take()).toEqual([]))
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  const at: OverPlainHttp['at'] = (host) => `http://${host}:${new URL(server.url).port}`
  return {
    at,
    async newPage(host, options) {
      const context = await browser.newContext(options)
      return watch.over(context, at(host)).newPage()
    },
  }
}
