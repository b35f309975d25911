import { createDirectory } from './directory.js'

/** @type {import('coatcheck').CoatOptions} */
export default {
  settings: { registration: 'closed' },
  backends: [createDirectory, 'password'],
}
