/** What is needed of a timetable to give the station its names. Everything else goes along as it is. */
export interface StationTimetable {
  station: string
  areas: { code: string; name: string; kind: string; parent?: string; to?: string; mergedInto?: string }[]
  sessions: { targets: 'all' | { areas?: string[] } }[]
}
export interface Names {
  readonly station: string
  /** The civil day, `YYYY-MM-DD`. */
  readonly today: string
  readonly province: { readonly before: string; readonly code: string; readonly name: string }
  readonly commune: { readonly before: string; readonly code: string; readonly name: string }
}

/**
 * The timetable with the names and codes of its province and its commune changed, wherever these codes stand. A code is never
 * forgotten by the station: one that is given up ends today, and the new one takes over.
 */
export function renamed<T extends StationTimetable>(timetable: T, { station, today, province, commune }: Names): T {
  const next = (code: string): string => {
    if (code === province.before) return province.code
    if (code === commune.before) return commune.code
    // a hamlet's code begins with its commune's
    return code.startsWith(`${commune.before}-`) ? `${commune.code}${code.slice(commune.before.length)}` : code
  }
  const nameOf = (code: string, name: string): string => (code === province.before ? province.name : code === commune.before ? commune.name : name)
  const given = timetable.areas.filter(({ code, to }) => to === undefined && next(code) !== code)
  return {
    ...timetable,
    station,
    areas: [
      ...timetable.areas.map((area) => (area.to !== undefined ? area : { ...area, code: next(area.code), name: nameOf(area.code, area.name), ...(area.parent === undefined ? {} : { parent: next(area.parent) }) })),
      ...given.map((area) => ({ ...area, to: today, mergedInto: next(area.code) })),
    ],
    sessions: timetable.sessions.map((session) =>
      session.targets === 'all' || session.targets.areas === undefined ? session : { ...session, targets: { ...session.targets, areas: session.targets.areas.map(next) } }),
  }
}
