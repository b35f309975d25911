import axe from 'axe-core'
import { chromium } from 'playwright-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { expect } from 'vitest'
import { programOrSkip } from './programs.ts'

/** Where Chromium is; null, with a line that says so, where it is not installed. */
export const chromiumPath = programOrSkip('chromium')

/** Starts Chromium, which sends no request of its own. `more`: further arguments. */
export function launchChromium(...more: string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath ?? 'chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', ...more],
  })
}

/** What browsers of a test complain of: none of it is forgiven, but what a step names. */
export interface Watch {
  /** Errors and warnings on the console, errors in scripts, and requests to another server than those that are watched for. */
  readonly complaints: readonly string[]
  /** Those since it was last asked: for the end of each test. Closes all contexts but `kept` first: no late one is missed. */
  take(kept?: BrowserContext): Promise<string[]>
  /** Watches all pages of a context, now and later. They may ask `origins` alone. */
  over(context: BrowserContext, ...origins: string[]): BrowserContext
  /** Does the step, in which the browser must complain once, or `times`, of what matches: a refusal that the step is about. */
  expecting<T>(pattern: RegExp, step: () => Promise<T>, times?: number): Promise<T>
}

/** A watch for the browsers of one test file. */
export function createWatch(): Watch {
  const complaints: string[] = []
  const contexts = new Set<BrowserContext>()
  let taken = 0
  return {
    complaints,
    async take(kept) {
      for (const context of contexts) if (context !== kept) await context.close()
      const fresh = complaints.slice(taken)
      taken = complaints.length
      return fresh
    },
    over(context, ...origins) {
      contexts.add(context)
      context.on('close', () => contexts.delete(context))
      context.on('console', (message) => {
        if (!['error', 'warning'].includes(message.type())) return
        complaints.push(`${message.text()} ${message.location().url}`)
      })
      context.on('weberror', (error) => complaints.push(String(error.error())))
      context.on('request', (request) => {
        const url = request.url()
        const isOwn = origins.some(
          (origin) => url.startsWith(origin) && /^([/?#]|$)/.test(url.slice(origin.length)),
        )
        if (!isOwn && !/^(blob|data):/.test(url)) complaints.push(`asks ${url}`)
      })
      return context
    },
    async expecting(pattern, step, times = 1) {
      const before = complaints.length
      const result = await step()
      const matching = () => complaints.slice(before).filter((text) => pattern.test(text))
      await expect.poll(() => matching().length, { timeout: 20_000 }).toBe(times)
      const others = complaints.slice(before).filter((text) => !pattern.test(text))
      complaints.splice(before, Number.POSITIVE_INFINITY, ...others)
      return result
    },
  }
}

/**
 * What axe finds wrong on a page, by all of its rules or by some: each with the elements that it is about. It judges a page that
 * stands still: where elements came or went meanwhile, as on a busy machine, it looks again, for it fails over one that has gone.
 */
export async function faultsOn(page: Page, rules: string[] | null = null): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source)
  const violations = await page.evaluate(async (runOnly) => {
    const { axe: loaded } = globalThis as unknown as { axe: typeof axe }
    let hasChanged = false
    const changes = new MutationObserver(() => (hasChanged = true))
    changes.observe(document, { childList: true, subtree: true })
    for (let looks = 0; looks < 50; looks++) {
      hasChanged = false
      const options = runOnly === null ? {} : { runOnly }
      const found = await loaded.run(options).catch((error: Error) => error)
      if (hasChanged || changes.takeRecords().length > 0) continue
      changes.disconnect()
      if (found instanceof Error) throw found
      return found.violations.map(({ id, nodes }) => ({ id, where: nodes.map(({ html }) => html) }))
    }
    throw new Error('The page never stands still.')
  }, rules)
  return violations.map(({ id, where }) => `${id}: ${where.join(' ')}`)
}

/** By how many pixels the page is wider than the window. */
export function overflowOf(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
}
