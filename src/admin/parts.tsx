import { Fragment } from 'preact'
import type { ComponentChildren, VNode } from 'preact'
import type { User } from '../auth/users/user.ts'
import type { InvalidField } from '../refusals.ts'
import { linkTo } from './links.ts'

/** A user by name, as a link to their page; `none` where there is no user. */
export function UserLink({ user, none }: { user: User | null; none: string }): VNode {
  if (user === null) return <span class="faint">{none}</span>
  return (
    <a href={linkTo('user', { id: user.id })}>
      <Name text={user.username} />
    </a>
  )
}

/** A name or an address, which a narrow column breaks between its parts and not within them. */
export function Name({ text }: { text: string }): VNode {
  return (
    <bdi class="name">
      {partsOf(text).map((part, at) => (
        <Fragment key={at}>
          {at > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </bdi>
  )
}

/** What ends with a mark that separates, and no more than 16 characters at once. A short one stays whole. */
function partsOf(text: string): readonly string[] {
  if (text.length <= 16) return [text]
  return text.match(/[^.@_:+-]{1,16}[.@_:+-]{0,2}|[.@_:+-]{1,16}/gu) ?? []
}

/** A session by the beginning of its id, as a link to its page. */
export function SessionLink({ id }: { id: string }): VNode {
  return (
    <a href={linkTo('session', { id })} class="id">
      {id.slice(0, 12)}
    </a>
  )
}

/** A list of facts: a name and what it is, by turns. */
export function Facts({ children }: { children: ComponentChildren }): VNode {
  return <dl class="facts">{children}</dl>
}

/** One of them. `isBroad`: it has a line to itself. */
export function Fact({
  name,
  isBroad = false,
  children,
}: {
  name: string
  isBroad?: boolean
  children: ComponentChildren
}): VNode {
  return (
    <div class={isBroad ? 'broad' : undefined}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

/** What stands in place of a list without rows: what that means, and what to do. */
export function Empty({ children }: { children: ComponentChildren }): VNode {
  return <div class="empty">{children}</div>
}

/** Options of a field of a form. */
export interface FieldOptions {
  readonly name: string
  readonly label: ComponentChildren
  readonly isSecret?: boolean
  /** Is it a date with a time, in UTC? The script of the pages makes it one in the zone of the viewer. */
  readonly isTime?: boolean
  readonly value?: string | null
  /** Does it have the focus, with nothing to say of it? */
  readonly isFirst?: boolean
  /** For browsers that fill forms in. */
  readonly complete?: string
  readonly hint?: string
  readonly required?: boolean
  /** The id of the sentence that says what became of the form, where this is the field to go on with: it has the focus. */
  readonly saidBy?: string | undefined
  /** Is that what was in the field? What is in `faults` is wrong by itself. */
  readonly isWrong?: boolean
  readonly faults?: readonly InvalidField[]
}

/**
 * A field of a form with its label, and what is wrong with what was sent in it. The first that is wrong has the focus: so a
 * screen reader says its fault, without JavaScript too.
 */
export function Field(options: FieldOptions): VNode {
  const { name, label, value, complete = 'off', hint, required, faults = [] } = options
  const broken = faults.filter(({ path }) => path.at(-1) === name)
  const [hintId, faultId] = [`${name}-hint`, `${name}-fault`]
  const { saidBy, isWrong = false } = options
  const described = [
    ...(saidBy !== undefined ? [saidBy] : []),
    ...(hint ? [hintId] : []),
    ...(broken.length > 0 ? [faultId] : []),
  ].join(' ')
  return (
    <p class="field">
      <label for={`field-${name}`}>{label}</label>
      <input
        id={`field-${name}`}
        name={name}
        {...typeOf(options)}
        value={value ?? ''}
        data-utc={options.isTime}
        autocomplete={complete}
        autocapitalize="none"
        spellcheck={false}
        required={required ?? false}
        autofocus={options.isFirst || broken.length > 0 || saidBy !== undefined}
        aria-invalid={broken.length > 0 || isWrong ? 'true' : undefined}
        aria-describedby={described === '' ? undefined : described}
      />
      {hint && (
        <span class="hint" id={hintId}>
          {hint}
        </span>
      )}
      {broken.length > 0 && (
        <span class="fault" id={faultId}>
          {broken.map(({ message }) => message).join(' ')}
        </span>
      )}
    </p>
  )
}

function typeOf({ isSecret, isTime }: FieldOptions) {
  if (isTime) return { type: 'datetime-local' } as const
  return isSecret ? ({ type: 'password' } as const) : ({ type: 'text' } as const)
}

/** A choice of a filter: each option by its value, with its text. `wrong`: the field of the filter that nothing can match. */
export function Choice({
  name,
  label,
  value,
  options,
  wrong,
}: {
  name: string
  label: string
  value: string
  options: Readonly<Record<string, string>>
  wrong: string | null
}): VNode {
  const isWrong = wrong === name
  return (
    <p class="field">
      <label for={`field-${name}`}>{label}</label>
      <select
        id={`field-${name}`}
        name={name}
        autofocus={isWrong}
        aria-invalid={isWrong ? 'true' : undefined}
        aria-describedby={isWrong ? 'why-none' : undefined}
      >
        {Object.entries(options).map(([option, text]) => (
          <option key={option} value={option} selected={option === value}>
            {text}
          </option>
        ))}
      </select>
    </p>
  )
}

/** What stands before a button that cannot be taken back. */
export function Irreversible({ children }: { children: ComponentChildren }): VNode {
  return (
    <p class="irreversible">
      <strong>This cannot be undone.</strong> {children}
    </p>
  )
}
