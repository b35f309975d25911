import type { ComponentChildren, VNode } from 'preact'

/** How a cell of a list is shown. */
export interface CellOptions {
  /** The name of its column, which stands beside it on a narrow screen. */
  readonly of: string
  /** Is it one line, wherever there is room? */
  readonly isTight?: boolean
  /** Is it a number, of which the digits stand below each other? */
  readonly isNumber?: boolean
  /** Has it nothing to say? Then it has no line on a narrow screen. */
  readonly isBlank?: boolean
  readonly children: ComponentChildren
}

/** A cell of a list. */
export function Cell({ of, children, ...is }: CellOptions): VNode {
  const kinds = { tight: is.isTight, number: is.isNumber, blank: is.isBlank }
  const names = Object.entries(kinds)
    .flatMap(([name, isOne]) => (isOne ? [name] : []))
    .join(' ')
  return (
    <td data-of={of} class={names === '' ? undefined : names}>
      <div>{children}</div>
    </td>
  )
}
