/** Languages of the pages, for what is worked out beside them. */
export type Language = 'vi' | 'en'
