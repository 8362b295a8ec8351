/** These are the pages of a practice station: its server says so in the first bytes of the page. */
export const isPractice: boolean = document.documentElement.dataset['practice'] !== undefined
