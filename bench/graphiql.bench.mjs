import { chromium } from 'playwright-core'
import { startProcess } from './process.mjs'
import { freePort } from './services.mjs'
import { ms, quantile } from './setting.mjs'

export const title =
  'GraphiQL in Chromium, from the navigation to the answer that a click on "run" shows'

const times = 9

/** Each visit has a browser's profile of its own, with nothing kept, save the last figure. */
export async function measure() {
  const server = await startProcess({ PORT: String(await freePort()), NODE_ENV: 'development' })
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
  try {
    await visit(browser, new URL('/health', server.url), () => {}) // the browser's own start
    const blank = await repeat(() => visit(browser, new URL('/health', server.url), () => {}))
    const first = await visit(browser, server.url, runFirstTab)
    const cold = await repeat(() => visit(browser, server.url, runFirstTab))
    const context = await browser.newContext()
    await visitIn(context, server.url, runFirstTab)
    const warm = await repeat(() => visitIn(context, server.url, runFirstTab))
    return {
      'a page of one line, cold cache (baseline)': ms(quantile(blank, 0.5)),
      'the first of a process, which packs the files': ms(first),
      'cold cache, median': ms(quantile(cold, 0.5)),
      'cold cache, the worst': ms(Math.max(...cold)),
      'files that the browser has kept, median': ms(quantile(warm, 0.5)),
    }
  } finally {
    await browser.close()
    await server.stop()
  }
}

async function repeat(measureOnce) {
  const all = []
  for (let time = 0; time < times; time++) all.push(await measureOnce())
  return all
}

async function visit(browser, url, use) {
  const context = await browser.newContext()
  const took = await visitIn(context, url, use)
  await context.close()
  return took
}

async function visitIn(context, url, use) {
  const page = await context.newPage()
  const start = performance.now()
  await page.goto(String(url), { waitUntil: 'commit' })
  await use(page)
  await page.waitForLoadState()
  const took = performance.now() - start
  await page.close()
  return took
}

/** The button is there once a click on it works. */
async function runFirstTab(page) {
  await page.locator('.graphiql-execute-button').click()
  await page.locator('.result-window').getByText('"register"').waitFor()
}
