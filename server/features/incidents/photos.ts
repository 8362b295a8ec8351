import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Identity } from '../../core/identity.ts'
import type { Photo } from '../../core/incident.ts'
import { MAX_PHOTO_BYTES, photoType } from '../../core/photo.ts'
import { accepted, errorBody, notFound, refused, type ErrorBody, type Outcome } from '../../core/refusal.ts'
import type { ServerDeps, Upload, UploadRefusal } from '../../core/server-deps.ts'
import { newId } from './book.ts'
import type { IncidentHandlers } from './handlers.ts'
import { DISK_FULL, NO_PHOTO_IN_FORM, NO_PHOTO_STORE, NOT_A_PHOTO, PHOTO_TOO_LARGE, TOO_MANY_PHOTOS } from './refusals.ts'
import { detailOf, type IncidentDetail } from './views.ts'

const MOST_PHOTOS = 20
const REFUSALS: Readonly<Record<UploadRefusal, typeof NOT_A_PHOTO>> = { 'too-large': PHOTO_TOO_LARGE, empty: NO_PHOTO_IN_FORM, 'no-space': DISK_FULL, 'cut-off': NO_PHOTO_IN_FORM }

/** The one file of a form, on disk; the caller discards it. */
async function receive(request: FastifyRequest, deps: ServerDeps): Promise<Outcome<Upload>> {
  if (!request.isMultipart()) return refused(NO_PHOTO_IN_FORM)
  let upload: Upload | null = null
  for await (const part of request.parts({ limits: { fileSize: MAX_PHOTO_BYTES + 1 } })) {
    if (part.type === 'field') continue
    const received = await deps.uploads.receive(part.file, MAX_PHOTO_BYTES)
    if (!received.ok) {
      // what is left must be read, or the request never ends
      part.file.resume()
      return refused(REFUSALS[received.code])
    }
    upload = received.value
  }
  return upload ? accepted(upload) : refused(NO_PHOTO_IN_FORM)
}

export interface PhotoHandlers {
  add(who: Identity, id: string, request: FastifyRequest): Promise<Outcome<IncidentDetail>>
  /** Answers the picture itself, with the type that its own bytes say. */
  show(who: Identity, place: { readonly id: string; readonly photo: string }, reply: FastifyReply): Promise<ErrorBody | FastifyReply>
}

export function createPhotoHandlers(deps: ServerDeps, incidents: IncidentHandlers): PhotoHandlers {
  const { stores } = deps
  const photosOf = (id: string): Photo[] => stores.incidents.entries(id).flatMap(({ detail }) => detail.photo ?? [])

  const keep = async (who: Identity, id: string, upload: Upload): Promise<Outcome<IncidentDetail>> => {
    if (!deps.photos) return refused(NO_PHOTO_STORE)
    const type = photoType(await deps.photos.head(upload.path))
    if (!type) return refused(NOT_A_PHOTO)
    const photo: Photo = { id: `${newId(deps.random)}${newId(deps.random)}`, type, bytes: upload.bytes }
    await deps.photos.keep(photo.id, upload.path)
    const found = incidents.find(who, 'incident.report', id)
    if (!found.ok) return found
    const after = deps.decide({ actor: who.actor, action: 'incident.photo', subject: id, detail: photo }, () => {
      incidents.book.note(id, who.actor, 'photo', { photo })
      return incidents.book.save(found.value)
    })
    incidents.book.tell('incident.changed', after)
    return accepted(detailOf(deps, after, who))
  }
  return {
    async add(who, id, request) {
      const found = incidents.find(who, 'incident.report', id)
      if (!found.ok) return found
      if (photosOf(id).length >= MOST_PHOTOS) return refused(TOO_MANY_PHOTOS)
      const received = await receive(request, deps)
      if (!received.ok) return received
      try {
        return await keep(who, id, received.value)
      } finally {
        await received.value.discard()
      }
    },
    async show(who, { id, photo }, reply) {
      const found = incidents.find(who, 'incident.read', id)
      const known = found.ok ? photosOf(id).find((one) => one.id === photo) : undefined
      const file = known && (await deps.photos?.open(known.id))
      if (!known || !file) {
        const { refusal } = found.ok ? notFound({ en: 'photo', vi: 'ảnh' }, photo) : found
        reply.code(refusal.status)
        return errorBody(refusal)
      }
      return reply
        .type(known.type)
        .header('content-length', file.bytes)
        .header('content-disposition', 'inline')
        .header('content-security-policy', "default-src 'none'; sandbox")
        .header('cache-control', 'private, max-age=86400')
        .send(file.stream)
    },
  }
}
