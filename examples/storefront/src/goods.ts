/** What the shop sells. The session keeps the sku and the quantity; names and prices are the shop's own. `picture` is the path of a drawing. */
export const goods = [
  {
    sku: 'coat',
    name: 'Wool coat',
    picture: 'm12 5-6 3v19h20V8l-6-3-4 5Zm4 5v17M6 15h3m17 0h-3m-4 1v0m0 5v0',
    prices: { EUR: 189, GBP: 159, USD: 199 },
  },
  {
    sku: 'hat',
    name: 'Felt hat',
    picture: 'M9 20v-9a3 3 0 0 1 3-3h8a3 3 0 0 1 3 3v9M3 20c3 5 23 5 26 0M9 16h14',
    prices: { EUR: 59, GBP: 49, USD: 65 },
  },
  {
    sku: 'scarf',
    name: 'Long scarf',
    picture: 'M8 7q8 5 16 0v5q-8 5-16 0Zm9 8-2 11h8l1-14M16 26v3m3-3v3m3-3v3',
    prices: { EUR: 29, GBP: 25, USD: 32 },
  },
  {
    sku: 'umbrella',
    name: 'Umbrella',
    picture: 'M16 4v2M4 17a12 11 0 0 1 24 0Zm12 0v8a3 3 0 0 1-6 0',
    prices: { EUR: 35, GBP: 29, USD: 39 },
  },
]

/** The name of what a line of the cart is about. */
export function nameOf(sku: string): string {
  return goods.find((good) => good.sku === sku)?.name ?? sku
}

/** What `quantity` of it cost. */
export function priceOf(sku: string, quantity: number, currency: string): number {
  const prices: Record<string, number> = goods.find((good) => good.sku === sku)?.prices ?? {}
  return (prices[currency] ?? 0) * quantity
}

/** A price as people write it where they are. */
export function writePrice(price: number, { locale, currency }: Where): string {
  return new Intl.NumberFormat(locale, { style: 'currency', currency }).format(price)
}

/** An instant as people write it where they are. */
export function writeTime(instant: string, { locale, timeZone }: Where): string {
  const format = { dateStyle: 'short', timeStyle: 'short', timeZone } as const
  return new Intl.DateTimeFormat(locale, format).format(new Date(instant))
}

interface Where {
  readonly locale: string
  readonly currency: string
  readonly timeZone: string
}
