import type { Page } from 'playwright-core'

/** A place where the Tab key stops. */
export interface Stop {
  /** What the control is called: its label or its text. */
  readonly name: string
  /** Has it a mark that says where the keyboard is? */
  readonly isMarked: boolean
  /** Is all of it in the window, under nothing else? */
  readonly isInSight: boolean
  readonly isInHeader: boolean
  /** Is it a date with a time? The Tab key stops at each part of one. */
  readonly isTime: boolean
  /** Its edges, in pixels from the top of the page. */
  readonly top: number
  readonly bottom: number
}

/** How often the Tab key stops in a date with a time at the most: at each of its parts, and at its calendar. */
const partsOfTime = 9

/** What has the focus; `name` is empty where that is the page itself. */
export function focusedNow(page: Page): Promise<Stop> {
  return page.evaluate(() => {
    const element = document.activeElement as HTMLInputElement | null
    const none = { name: '', isMarked: false, isInSight: false, isInHeader: false, isTime: false }
    if (element === null || element === document.body) return { ...none, top: 0, bottom: 0 }
    const label = element.labels?.[0]?.textContent ?? element.textContent ?? ''
    const { outlineStyle, outlineWidth } = getComputedStyle(element)
    const box = element.getBoundingClientRect()
    const middle = [box.left + Math.min(box.width, 40) / 2, (box.top + box.bottom) / 2] as const
    const above = document.elementFromPoint(...middle)
    return {
      name: (element.ariaLabel ?? label).replace(/\s+/g, ' ').trim(),
      isMarked: outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2,
      isInSight: above !== null && (element.contains(above) || above.contains(element)),
      isInHeader: element.closest('header') !== null,
      isTime: element.type === 'datetime-local',
      top: box.top + scrollY,
      bottom: box.bottom + scrollY,
    }
  })
}

/** Goes through a page by the Tab key alone: where it stops, what it should stop at, and whether it leads out again. */
export async function stopsOn(page: Page) {
  const controls = await page.evaluate(() => {
    const places = 'a[href], button, input:not([type=hidden]), select, summary, [tabindex="0"]'
    return [...document.querySelectorAll<HTMLInputElement>(places)]
      .filter((element) => element.checkVisibility())
      .map((element) => {
        const label = element.labels?.[0]?.textContent ?? element.textContent ?? ''
        return (element.ariaLabel ?? label).replace(/\s+/g, ' ').trim()
      })
  })
  const stops: Stop[] = []
  const times = await page.locator('input[type=datetime-local]').count()
  for (let left = controls.length + times * partsOfTime; left >= 0; left--) {
    await page.keyboard.press('Tab')
    const stop = await focusedNow(page)
    if (stop.isTime && stop.name === stops.at(-1)?.name) continue
    // Out of the page, or, without a frame of the browser's own to stop at, around to its beginning.
    const isAround = stops.length === controls.length && stop.name === controls[0]
    if (stop.name === '' || isAround) return { stops, controls, hasLeft: true }
    stops.push(stop)
  }
  return { stops, controls, hasLeft: false }
}
