import type { VNode } from 'preact'
import { Field } from './parts.tsx'
import type { FieldOptions } from './parts.tsx'

/** The field for the password that a user is to have from now on. */
export function NewPassword({
  label,
  faults,
}: Required<Pick<FieldOptions, 'label' | 'faults'>>): VNode {
  return (
    <Field
      name="password"
      label={label}
      isSecret={true}
      complete="new-password"
      required={true}
      faults={faults}
    />
  )
}
