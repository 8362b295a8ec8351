/** English has one cluster and two clusters; Vietnamese has no need of it. */
export const counted = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`
