/** What the first screen asks the API. The server tells browsers of it together with the page, so that the answers come while its code does. */
export const FIRST_ASKS = {
  me: '/me',
  emergencies: '/emergencies',
  live: '/live',
  readiness: '/readiness',
  incidents: '/incidents?limit=50',
  sounding: '/on-air/now',
} as const
