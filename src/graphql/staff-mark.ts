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
 * Begins the description of every field for staff with "Staff.", in a host's types too. It reads the scope that refuses other
 * callers, so that the schema says what the server does.
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
