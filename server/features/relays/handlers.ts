import { isoWithOffset } from '../../../shared/core/civil.ts'
import type { WallMs } from '../../../shared/core/clock.ts'
import type { Relay, Session } from '../../../shared/core/timetable.ts'
import type { Identity } from '../../core/identity.ts'
import { accepted, notFound, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import { checkWords, isFault, type CheckOutcome, type RelayCheck } from '../../core/relay-check.ts'
import { relaysNamed } from '../../core/relay-windows.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { Relays } from './runner.ts'
import type { CheckView, NowView, RelayBody, RelayList, RelayView } from './views.ts'

export interface RelayHandlersDeps extends Pick<ServerDeps, 'stores' | 'decide' | 'clock' | 'mediaMs'> {
  readonly relays: Pick<Relays, 'facts' | 'test' | 'changed' | 'windows'>
}

export interface RelayHandlers {
  list(): RelayList
  one(id: string): Outcome<RelayView>
  put(who: Identity, id: string, relay: RelayBody): Outcome<RelayView>
  remove(who: Identity, id: string): Outcome<{ id: string }>
  test(id: string): Promise<Outcome<CheckView>>
  checks(id: string): Outcome<CheckView[]>
}

const RELAY = { en: 'relay', vi: 'đài tiếp âm' }
const MAX_RELAYS = 100
const CHECKS_SHOWN = 50

const BUSY: Refusal = {
  status: 429,
  code: 'busy',
  en: 'Several relays are being tested already: try again in a quarter of a minute.',
  vi: 'Đang thử nhiều đài cùng lúc: hãy thử lại sau mười lăm giây.',
}
const TOO_MANY: Refusal = {
  status: 422,
  code: 'too-many-relays',
  en: `The catalogue holds at most ${MAX_RELAYS} relays: remove one that is not used.`,
  vi: `Danh mục có tối đa ${MAX_RELAYS} đài: hãy xoá bớt đài không dùng.`,
}
const unknownSubstitute = (ref: string): Refusal => ({
  status: 422,
  code: 'unknown-programme',
  field: '/substitute',
  en: `There is no programme "${ref}" that could sound in place of the relay: upload it first, or choose another.`,
  vi: `Không có chương trình "${ref}" để phát thay: hãy tải lên trước, hoặc chọn chương trình khác.`,
})
/** A box knows its own line input by the name of the stream. */
const LINE_RELAY = 'line'
const LINE_HAS_ITS_NAME: Refusal = {
  status: 422,
  code: 'line-has-its-name',
  field: '/source',
  en: 'The clusters’ own line input is the relay "line" with the source "line", and nothing else is: use this name for both.',
  vi: 'Đường vào (line) của cụm loa là đài có mã "line" và nguồn "line": hãy ghi đúng cả hai.',
}
const inUse = (relay: Relay, users: readonly Session[]): Refusal => {
  const names = users.map((session) => `"${session.name}"`).join(', ')
  return {
    status: 409,
    code: 'in-use',
    en: `The relay "${relay.name}" is in use by the sessions ${names}: take it out of them first.`,
    vi: `Đài "${relay.name}" đang dùng trong buổi phát ${names}: hãy bỏ khỏi các buổi đó trước.`,
  }
}

const namesIt = (id: string) => (session: Session): boolean => session.items.some((item) => 'relay' in item && item.relay === id)
const iso = (at: WallMs): string => isoWithOffset(at)

/** How it is, in one sentence, before anything was tried. */
const untried = (relay: Relay): CheckOutcome | null => (relay.source === '' ? 'no-address' : relay.source === 'line' ? 'cluster-line' : null)

export function createRelayHandlers(deps: RelayHandlersDeps): RelayHandlers {
  const { relays, sessions } = deps.stores
  const checkView = (check: RelayCheck, name: string): CheckView => ({ ...check, at: iso(check.at), fault: isFault(check), ...checkWords(check, name) })
  const nowView = (id: string): NowView | null => {
    const facts = deps.relays.facts(id)
    if (!facts) return null
    const { window, stream, ...rest } = facts
    return { ...rest, since: iso(facts.since), from: iso(window.start), until: iso(window.end), sessions: [...window.sessions], stream }
  }
  const viewOf = (relay: Relay): RelayView => {
    const last = relays.checks(relay.id, 1)[0]
    const outcome = untried(relay)
    const blank = { relay: relay.id, codec: null, levelDb: null, lufs: null }
    const next = deps.relays.windows().find((window) => window.relay === relay.id)
    return {
      ...relay,
      usedBy: sessions.all().filter(namesIt(relay.id)).map(({ id }) => id),
      now: nowView(relay.id),
      next: next ? iso(next.start) : null,
      lastCheck: last ? checkView(last, relay.name) : null,
      advice: outcome === null ? null : { code: outcome, ...checkWords({ ...blank, outcome }, relay.name) },
    }
  }
  const missing = (): RelayList['missing'] => {
    const all = sessions.all()
    return relaysNamed(all)
      .filter((id) => relays.byId(id) === null)
      .map((id) => ({
        id,
        usedBy: all.filter(namesIt(id)).map((session) => session.id),
        ...checkWords({ relay: id, outcome: 'unknown-relay', codec: null, levelDb: null, lufs: null }, id),
      }))
  }
  return {
    list: () => ({ relays: relays.all().map(viewOf), missing: missing() }),
    one(id) {
      const found = relays.byId(id)
      return found ? accepted(viewOf(found)) : notFound(RELAY, id)
    },
    put(who, id, body) {
      const relay: Relay = { id, ...body }
      if ((relay.source === LINE_RELAY) !== (id === LINE_RELAY)) return refused(LINE_HAS_ITS_NAME)
      if (!relays.byId(id) && relays.all().length >= MAX_RELAYS) return refused(TOO_MANY)
      if (relay.substitute !== undefined && deps.mediaMs({ kind: 'file', ref: relay.substitute }) === 'missing') return refused(unknownSubstitute(relay.substitute))
      deps.decide({ actor: who.actor, action: 'relay.put', subject: id, detail: relay }, () => relays.put(relay))
      deps.relays.changed()
      return accepted(viewOf(relay))
    },
    remove(who, id) {
      const found = relays.byId(id)
      if (!found) return notFound(RELAY, id)
      const users = sessions.all().filter(namesIt(id))
      if (users.length > 0) return refused(inUse(found, users))
      deps.decide({ actor: who.actor, action: 'relay.remove', subject: id, detail: found }, () => relays.remove(id))
      deps.relays.changed()
      return accepted({ id })
    },
    async test(id) {
      const found = relays.byId(id)
      if (!found) return notFound(RELAY, id)
      const check = await deps.relays.test(id)
      return check ? accepted(checkView(check, found.name)) : refused(BUSY)
    },
    checks(id) {
      const found = relays.byId(id)
      return found ? accepted(relays.checks(id, CHECKS_SHOWN).map((check) => checkView(check, found.name))) : notFound(RELAY, id)
    },
  }
}
