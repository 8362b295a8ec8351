import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { parseJson } from '../../../shared/protocol/orders.ts'
import { utf8 } from '../../../shared/protocol/wire.ts'
import { MapTiles, tileOrigin } from '../../core/map-tiles.ts'
import { accepted, answer, refusals, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import type { Identity } from '../../core/identity.ts'
import type { ServerDeps } from '../../core/server-deps.ts'

const KEY = 'map-tiles'
/** null = the map has no ground but its own. */
const TilesView = Type.Object({ tiles: Type.Union([MapTiles, Type.Null()]) }, { additionalProperties: false })

const BAD_ADDRESS: Refusal = {
  status: 422,
  code: 'bad-tile-address',
  field: '/tiles/url',
  en: 'The address of the map’s ground begins with https://, names one host and has {z}, {x} and {y} in it: copy it again.',
  vi: 'Địa chỉ bản đồ nền phải bắt đầu bằng https://, chỉ có một tên máy và có đủ {z}, {x}, {y}: hãy chép lại.',
}

/** The ground that an administrator chose; null where none was, which is what a station begins with. */
function mapTiles({ stores }: Pick<ServerDeps, 'stores'>): MapTiles | null {
  const stored = stores.meta.get(KEY)
  const tiles = stored === null ? null : parseJson(utf8(stored))
  return Value.Check(MapTiles, tiles) ? tiles : null
}

/** The one place beside this server from which pages may show pictures, for their content policy; null = none. */
export function pictureOrigin(deps: Pick<ServerDeps, 'stores'>): string | null {
  const tiles = mapTiles(deps)
  return tiles === null ? null : tileOrigin(tiles.url)
}

function setTiles(deps: ServerDeps, who: Identity, tiles: MapTiles | null): Outcome<{ tiles: MapTiles | null }> {
  const kept = tiles && { url: tiles.url.trim(), attribution: tiles.attribution.normalize('NFC').trim() }
  if (kept !== null && tileOrigin(kept.url) === null) return refused(BAD_ADDRESS)
  deps.decide({ actor: who.actor, action: 'map.tiles', subject: 'station', detail: { origin: kept && tileOrigin(kept.url) } }, () => deps.stores.meta.set(KEY, JSON.stringify(kept)))
  return accepted({ tiles: kept })
}

/** bản đồ nền: what the map of clusters lies on. */
export const mapPlugin =
  (deps: ServerDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const tags = ['clusters']
    app.get('/map-tiles', { config: { action: 'cluster.read' }, schema: { tags, summary: 'What the map lies on', response: { 200: TilesView, ...refusals } } }, () => ({ tiles: mapTiles(deps) }))
    app.put('/map-tiles', { config: { action: 'settings.write', wholeStation: true }, schema: { tags, summary: 'Set what the map lies on; null = nothing from elsewhere', body: TilesView, response: { 200: TilesView, ...refusals } } }, (request, reply) =>
      answer(reply, setTiles(deps, request.who, request.body.tiles)),
    )
  }
