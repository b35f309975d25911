import './types/administration.ts'
import './types/audit.ts'
import './types/auth.ts'
import './types/cart.ts'
import './types/devices.ts'
import './types/errors.ts'
import './types/password.ts'
import './types/preferences.ts'
import './types/request-error-code.ts'
import './types/scalars.ts'
import './types/session-events.ts'
import './types/session.ts'
import './types/user.ts'
import './types/users.ts'
import { builder } from './builder.ts'

/** The whole API. Each type file keeps its own queries and mutations. */
export const schema = builder.toSchema()
