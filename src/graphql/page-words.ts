/** What the schema says of a page and its arguments, the same for all lists. */
export const pageWords = {
  pageInfoTypeOptions: { description: 'Where a page lies in its list.' },
  hasNextPageFieldOptions: { description: 'Does anything come after this page?' },
  hasPreviousPageFieldOptions: {
    description:
      'Does anything come before this page? Told where the page was asked for by `last`.',
  },
  startCursorFieldOptions: {
    description: 'The first cursor of the page, for `before`. Null for an empty page.',
  },
  endCursorFieldOptions: {
    description: 'The last cursor of the page, for `after`. Null for an empty page.',
  },
  defaultConnectionTypeOptions: { description: 'A page of a list.' },
  defaultEdgeTypeOptions: { description: 'One entry of a page, with its cursor.' },
  pageInfoFieldOptions: { description: 'Where the page lies in the list.' },
  edgesOptions: { description: 'The entries, each with its cursor.' },
  nodesOnConnection: { description: 'The entries alone.' },
  cursorOptions: { description: 'Names this place in the list, for `after` and `before`.' },
  nodeOptions: { description: 'The entry.' },
  firstArgOptions: { description: 'How many to give from the beginning: 20 by default.' },
  afterArgOptions: { description: 'Only what comes after this cursor.' },
  lastArgOptions: { description: 'How many to give from the end.' },
  beforeArgOptions: { description: 'Only what comes before this cursor.' },
} as const

/** What the schema says of the total of a list. */
export const totalCountWords =
  'How many the whole list has. Counted only where it is asked for, and then row by row: some tenths of a second for a million, two seconds where a text is searched. `pageInfo` says at no cost whether there are more.'
