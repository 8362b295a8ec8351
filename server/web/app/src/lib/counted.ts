/** English has one cluster and two clusters; Vietnamese has no need of it. A number may come as it is written on screen. */
export const counted = (n: number | string, one: string, many = `${one}s`): string => `${n} ${String(n) === '1' ? one : many}`
