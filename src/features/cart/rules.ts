import { invalid, NotFound } from '../../refusals.ts'
import type { BrokenRule } from '../../refusals.ts'
import { emptyCart } from './names.ts'
import type { CartData } from './names.ts'

/** Adds to the line of this sku, or starts one. Throws `InvalidInput` past 999 a line or 100 lines. */
export function addToLine(
  cart: CartData | null,
  sku: string,
  quantity: number,
  at: number,
): CartData {
  const found = (cart ?? emptyCart).items.find((item) => item.sku === sku)
  const total = (found?.quantity ?? 0) + quantity
  if (quantity < 1 || total > 999)
    throw invalid('quantity', outside(quantity, { message: 'From 1 to 999 a line.', min: 1 }))
  return setLine(cart, sku, total, at)
}

/** Sets the line of this sku, starting one where there is none; zero removes it. Throws `InvalidInput` outside 0 to 999. */
export function setLine(
  cart: CartData | null,
  sku: string,
  quantity: number,
  at: number,
): CartData {
  if (quantity < 0 || quantity > 999)
    throw invalid('quantity', outside(quantity, { message: 'From 0 to 999.', min: 0 }))
  const { items } = cart ?? emptyCart
  if (quantity === 0) return { items: items.filter((item) => item.sku !== sku) }
  if (items.some((item) => item.sku === sku)) {
    return { items: items.map((item) => (item.sku === sku ? { ...item, quantity } : item)) }
  }
  if (items.length >= 100)
    throw invalid('sku', {
      message: 'A cart holds 100 lines at most.',
      code: 'TOO_MANY',
      max: 100,
    })
  return { items: [...items, { sku, quantity, addedAt: at }] }
}

/** Removes the line of this sku. Throws `NotFound` where there is none. */
export function removeLine(cart: CartData | null, sku: string): CartData {
  const { items } = cart ?? emptyCart
  if (!items.some((item) => item.sku === sku)) throw new NotFound('line in the cart')
  return { items: items.filter((item) => item.sku !== sku) }
}

function outside(quantity: number, rule: BrokenRule & { readonly min: number }): BrokenRule {
  return { ...rule, code: quantity < rule.min ? 'TOO_SMALL' : 'TOO_LARGE', max: 999 }
}
