/** The made-up fleet that the broker, the load and the bench agree on. */
export const PLAN_BYTES = 600
export const clusterName = (i: number): string => String(i).padStart(10, '0')
export const passwordOf = (cluster: string): string => `password-of-${cluster}-long-enough`
