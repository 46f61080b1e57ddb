/** Every text of the web app, in one place. Functions where a text holds a count or a name. */

const plural = new Intl.PluralRules('en');
const number = new Intl.NumberFormat('en');

function postings(count: number): string {
  return `${number.format(count)} ${plural.select(count) === 'one' ? 'posting' : 'postings'}`;
}

export const texts = {
  board: 'The Job Board',
  skip: 'Skip to the content',
  post: 'Post a job',
  documentTitle: (page: string) => `${page} · The Job Board`,

  list: {
    heading: ['Help', 'wanted'],
    title: 'Help wanted',
    search: 'Search openings',
    searchHint: 'Title, company or text',
    searchKey: '/',
    clearSearch: 'Clear the search',
    filters: 'Filters in use',
    filterName: { company: 'Company', location: 'Location', tag: 'Tag' },
    removeFilter: 'Remove the filter',
    only: { company: 'Only company: ', location: 'Only location: ', tag: 'Only tag: ' },
    clearAll: 'Clear all',
    loading: 'Loading the openings',
    searching: 'Searching …',
    shown: (count: number, more: boolean, narrowed: boolean) =>
      narrowed
        ? `${postings(count)} ${more ? 'shown, more match' : plural.select(count) === 'one' ? 'matches' : 'match'}`
        : more
          ? `The newest ${postings(count)}`
          : postings(count),
    noneMatch: 'No posting matches',
    more: 'Load more',
    loadingMore: 'Loading …',
    moreFailed: 'The next postings could not be loaded.',
    stale: 'The list could not be refreshed; this is how it was before.',
    results: 'Openings',
    isNew: 'Just posted',
  },

  empty: {
    title: 'A blank page',
    text: 'Nobody has posted a job yet. The first one gets the headline.',
    action: 'Post the first job',
  },
  noMatch: {
    title: 'Nothing under that heading',
    text: 'Every word must match the start of a word in the title, the company or the text. Try fewer or shorter words.',
    action: 'Show all openings',
  },
  building: {
    title: 'The view is being built',
    text: 'The board is replaying its log. This page goes on by itself as soon as every posting is there.',
  },
  failure: {
    title: 'The board does not answer',
    retry: 'Try again',
    network: 'The server can not be reached. Check the connection, then try again.',
    behind: 'The board has not caught up with your last change yet. Try again in a moment.',
    unexpected: 'The server answered with an error.',
  },

  details: {
    back: 'All openings',
    loading: 'Loading the posting',
    company: 'Company',
    location: 'Location',
    posted: 'Posted',
    updated: 'Changed',
    tags: 'Tags',
    facts: 'About this posting',
    apply: (host: string) => `Go to ${host}`,
    edit: 'Edit',
    remove: 'Delete',
    goneTitle: 'No such posting',
    goneText: 'It may have been filled and taken down.',
  },

  remove: {
    title: 'Delete this posting?',
    text: (title: string) => `“${title}” disappears from the board for everybody. This can not be undone.`,
    confirm: 'Delete it',
    deleting: 'Deleting …',
    keep: 'Keep it',
  },

  form: {
    newTitle: 'Post a job',
    newLead: 'It is on the board the moment you send it.',
    editTitle: 'Edit the posting',
    title: 'Title',
    titleHint: 'What the job is called, in the words an applicant would use.',
    company: 'Company',
    companyHint: 'Who is hiring.',
    location: 'Location',
    locationHint: 'A place, several places, or “Remote”.',
    url: 'Link',
    urlHint: 'Where to apply: an address that starts with https:// or http://.',
    tags: 'Tags',
    tagsHint: 'Up to 20. Comma or Enter adds one.',
    tagList: 'Tags of this posting',
    removeTag: (tag: string) => `Remove the tag ${tag}`,
    tagAdded: (tag: string) => `Tag ${tag} added`,
    tagRemoved: (tag: string) => `Tag ${tag} removed`,
    description: 'Description',
    descriptionHint: 'Plain text. Line breaks stay as you type them.',
    optional: 'optional',
    post: 'Post it',
    posting: 'Posting …',
    save: 'Save the changes',
    saving: 'Saving …',
    cancel: 'Cancel',
    problem: 'This could not be sent',
    rulesProblem: 'The board does not take this yet',
    keyReused:
      'An earlier attempt of yours, with other words, did arrive. Look at the list first; send again only if you want a second posting.',
    notSaved: 'Nothing you typed is lost.',
  },

  done: {
    posted: 'Posted',
    saved: 'Saved',
    deleted: 'Deleted',
    alreadyDeleted: 'It was deleted already',
    dismiss: 'Dismiss',
    region: 'Messages',
  },

  notFound: { title: 'Nothing at this address', text: 'The page you asked for does not exist.' },
  footer: 'Times are shown in your time zone. The same postings, as JSON:',
  justNow: 'just now',
} as const;
