import { useId, type InputHTMLAttributes } from 'react'
import { describeField, type BrokenRule } from './words.ts'

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  name: string
  label: string
  /** A rule to know beforehand. What is wrong takes its place. */
  hint?: string
  /** What the server says of the whole form: the field shows what is about itself. */
  rules: readonly BrokenRule[]
}

/** An input with its label, and with what is wrong with it, where screen readers find it too. */
export function Field({ name, label, hint, rules, ...input }: FieldProps) {
  const id = useId()
  const broken = rules.find(({ path }) => path.at(-1) === name)
  return (
    <p className="field">
      <label htmlFor={id}>{label}</label>
      <input
        {...input}
        id={id}
        name={name}
        aria-invalid={broken !== undefined}
        aria-describedby={broken || hint ? `${id}-about` : undefined}
      />
      {broken ? (
        <span id={`${id}-about`} role="alert">
          {describeField(broken)}
        </span>
      ) : (
        hint && <small id={`${id}-about`}>{hint}</small>
      )}
    </p>
  )
}
