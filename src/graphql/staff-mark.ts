import SchemaBuilder, { BasePlugin } from '@pothos/core'
import type { PothosOutputFieldConfig, SchemaTypes } from '@pothos/core'

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      staffMark: StaffMarkPlugin<Types>
    }
  }
}

/**
 * Begins the description of every field for staff with "Staff.". It reads the scope that refuses everyone else, so that what
 * the schema says and what the server does cannot differ, in the types of a host too.
 */
class StaffMarkPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onOutputFieldConfig(
    field: PothosOutputFieldConfig<Types>,
  ): PothosOutputFieldConfig<Types> {
    const { authScopes } = field.pothosOptions as { readonly authScopes?: unknown }
    if ((Object(authScopes) as { readonly staff?: unknown }).staff !== true) return field
    const { description } = field
    return { ...field, description: description ? `Staff. ${description}` : 'Staff.' }
  }
}

SchemaBuilder.registerPlugin('staffMark', StaffMarkPlugin)
