import Bowser from 'bowser'
import { LRUCache } from 'lru-cache'

/** Recognising a device takes up to 150 µs, and a list asks for the same few again and again. */
const devices = new LRUCache<string, { readonly device: string | null }>({ max: 1000 })

/** The device, for people: Firefox on Linux. Null where the user agent says nothing. */
export function deviceOf(userAgent: string | null): string | null {
  if (!userAgent) return null
  const kept = devices.get(userAgent)
  if (kept) return kept.device
  const device = recognise(userAgent)
  devices.set(userAgent, { device })
  return device
}

function recognise(userAgent: string): string | null {
  const { browser, os } = Bowser.parse(userAgent)
  const known = [browser.name, os.name].filter((name) => name !== undefined && name !== '')
  return known.length === 0 ? null : known.join(' on ')
}
