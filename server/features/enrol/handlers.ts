import { Type, type Static } from 'typebox'
import { inForce } from '../../../shared/core/area.ts'
import { civilDate, civilDayNumber, isoWithOffset } from '../../../shared/core/civil.ts'
import { wallMs } from '../../../shared/core/clock.ts'
import { AreaCode } from '../../../shared/core/timetable.ts'
import { fromBase64Url, toBase64Url, utf8 } from '../../../shared/protocol/wire.ts'
import { sameBytes } from '../../core/administrator.ts'
import { createAttemptLimit } from '../../core/attempt-limit.ts'
import { CLAIM_BYTES, CLAIM_LIFE_MS, claimHash, claimToken, readClaim, rootFingerprint } from '../../core/claim-code.ts'
import type { Identity } from '../../core/identity.ts'
import { accepted, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { Claim } from '../../core/stores.ts'

export const ClusterName = Type.String({ minLength: 1, maxLength: 80, pattern: '\\S', description: '1 to 80 characters, not only spaces' })
export const ClaimRequest = Type.Object({ name: Type.Optional(ClusterName), area: Type.Optional(AreaCode) }, { additionalProperties: false })
export const EnrolRequest = Type.Object(
  {
    claim: Type.String({ minLength: 16, maxLength: 60 }),
    /** Ed25519, 32 bytes, made on the box. */
    publicKey: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', description: '32 bytes in base64url without padding' }),
    name: Type.Optional(ClusterName),
    agent: Type.String({ maxLength: 64 }),
  },
  { additionalProperties: false },
)
export type EnrolRequest = Static<typeof EnrolRequest>

const refusal = (status: Refusal['status'], code: string, sentences: { readonly en: string; readonly vi: string }): Refusal => ({ status, code, ...sentences })

const NO_CLAIM = refusal(404, 'claim-unknown', {
  en: 'The server does not know this claim: enter the whole of it again, or make a new one on the server.',
  vi: 'Máy đài không có mã đăng ký này: hãy nhập lại đầy đủ, hoặc tạo mã mới trên máy đài.',
})
const CLAIM_EXPIRED = refusal(410, 'claim-expired', {
  en: 'This claim is older than ten minutes: make a new one on the server and enter it again.',
  vi: 'Mã đăng ký đã quá mười phút: hãy tạo mã mới trên máy đài rồi nhập lại.',
})
const CLAIM_USED = refusal(409, 'claim-used', {
  en: 'This claim was used by another box: make a new one on the server; every box needs its own.',
  vi: 'Mã đăng ký đã được thiết bị khác dùng: hãy tạo mã mới trên máy đài; mỗi thiết bị cần một mã riêng.',
})
const TOO_MANY = refusal(429, 'too-many-attempts', {
  en: 'Too many wrong claims came from this address: wait a minute and try again.',
  vi: 'Quá nhiều lần nhập sai từ địa chỉ này: hãy đợi một phút rồi thử lại.',
})
const BROKER_AWAY = refusal(503, 'broker-away', {
  en: 'The cluster is enrolled but the message broker did not take its password: try again with the same claim.',
  vi: 'Đã đăng ký nhưng bộ chuyển tin chưa nhận mật khẩu: hãy thử lại với cùng mã đăng ký.',
})
const NOT_A_KEY = refusal(400, 'invalid', {
  en: 'The field "publicKey" must be 32 bytes in base64url without padding.',
  vi: 'Trường "publicKey" phải là 32 byte dạng base64url không có dấu đệm.',
})
const nameTaken = (name: string): Refusal => ({
  ...refusal(409, 'name-taken', {
    en: `There is already a cluster called "${name}": choose another name.`,
    vi: `Đã có cụm loa tên "${name}": hãy chọn tên khác.`,
  }),
  field: '/name',
})
const unknownArea = (area: string): Refusal => ({
  ...refusal(422, 'unknown-area', {
    en: `There is no area ${area} in force today: correct the code, or add the area first.`,
    vi: `Hiện không có địa bàn mã ${area}: hãy sửa mã, hoặc thêm địa bàn trước.`,
  }),
  field: '/area',
})

const ID_ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const PASSWORD_BYTES = 32
/** Ten wrong claims at once, then one each six seconds: far too slow for 80 bits, no hindrance to wet fingers. */
const WRONG_CLAIMS = { burst: 10, refillMs: 6_000 }
/** Expired claims stay a day, for whoever looks into a failed enrolment. */
const KEEP_CLAIMS_MS = 86_400_000

export interface Enrolment {
  readonly cluster: string
  readonly mqttUrl: string
  readonly password: string
  readonly root: string
  /** Wall ms. */
  readonly serverTime: number
}
export interface EnrolHandlers {
  /** For an area of theirs; without one it is for whoever may enrol everywhere. */
  claim(who: Identity, request: Static<typeof ClaimRequest>): Outcome<{ claim: string; expiresAt: string; name: string | null; area: string | null }>
  enrol(request: EnrolRequest, address: string): Promise<Outcome<Enrolment>>
}

export function createEnrolHandlers(deps: ServerDeps): EnrolHandlers {
  const limit = createAttemptLimit(WRONG_CLAIMS.burst, WRONG_CLAIMS.refillMs)
  return {
    claim: (who, request) => makeClaim(deps, who, request),
    async enrol(request, address) {
      if (!limit.take(address, deps.clock.mono())) return refused(TOO_MANY)
      const outcome = await enrol(deps, request)
      if (outcome.ok) limit.giveBack(address)
      return outcome
    },
  }
}

function makeClaim(deps: ServerDeps, who: Identity, request: Static<typeof ClaimRequest>): ReturnType<EnrolHandlers['claim']> {
  const { stores, crypto } = deps
  const now = deps.clock.wall()
  const [name, area] = [request.name?.normalize('NFC').trim() ?? null, request.area ?? null]
  const notAllowed = deps.access.refusal(who, 'cluster.enrol', area === null ? [] : [area])
  if (name !== null && stores.clusters.byName(name)) return refused(nameTaken(name))
  if (area !== null && !stores.areas.byCode(area).some((a) => inForce(a, civilDayNumber(now)))) return refused(unknownArea(area))
  if (notAllowed) return refused(notAllowed)
  const token = claimToken(deps.secretBytes(CLAIM_BYTES))
  const plain = readClaim(token) ?? ''
  const expiresAt = wallMs(now + CLAIM_LIFE_MS)
  deps.decide({ actor: who.actor, action: 'claim.create', subject: name ?? '', detail: { name, area, expiresAt } }, () => {
    stores.claims.prune(wallMs(now - KEEP_CLAIMS_MS))
    stores.claims.insert({ tokenSha256: claimHash(crypto, plain), name, area, expiresAt, createdAt: now })
  })
  return accepted({ claim: `${token}.${rootFingerprint(crypto, deps.keys.rootPublic)}`, expiresAt: isoWithOffset(expiresAt), name, area })
}

interface Applicant {
  readonly claim: Claim
  readonly publicKey: Uint8Array
  readonly password: string
  readonly name: string | undefined
  readonly agent: string
}

async function enrol(deps: ServerDeps, request: EnrolRequest): Promise<Outcome<Enrolment>> {
  const publicKey = fromBase64Url(request.publicKey)
  if (publicKey?.length !== 32) return refused(NOT_A_KEY)
  const plain = readClaim(request.claim)
  const claim = plain === null ? null : deps.stores.claims.byToken(claimHash(deps.crypto, plain))
  if (!claim) return refused(NO_CLAIM)
  if (deps.clock.wall() >= claim.expiresAt) return refused(CLAIM_EXPIRED)
  const password = toBase64Url(deps.secretBytes(PASSWORD_BYTES))
  const applicant: Applicant = { claim, publicKey, password, name: request.name, agent: request.agent }
  const cluster = claim.usedBy === null ? admitCluster(deps, applicant) : renewCredential(deps, applicant, claim.usedBy)
  if (cluster === null) return refused(CLAIM_USED)
  try {
    await deps.brokerAdmin?.provision(cluster, password)
  } catch (error) {
    deps.log.error({ cluster, error: String(error) }, 'the broker did not take the credential of a new cluster')
    return refused(BROKER_AWAY)
  }
  deps.listener.clusterChanged(cluster)
  return accepted({
    cluster,
    mqttUrl: deps.mqttUrl(),
    password,
    root: toBase64Url(deps.keys.rootPublic),
    serverTime: deps.clock.wall(),
  })
}

const hashes = (deps: ServerDeps, password: string) => ({
  secretSha256: deps.crypto.sha256(utf8(password)),
  mosquittoHash: deps.brokerHash?.(password) ?? null,
})

function admitCluster(deps: ServerDeps, { claim, publicKey, password, name, agent }: Applicant): string {
  const { clusters, claims } = deps.stores
  const now = deps.clock.wall()
  const id = Array.from({ length: 10 }, () => ID_ALPHABET[Math.floor(deps.random() * 32)]).join('')
  const wanted = claim.name ?? (name ?? `Cụm loa ${id}`).normalize('NFC').trim()
  // the box cannot ask back: a name that is taken is told apart, a person may change it later
  const free = clusters.byName(wanted) ? `${wanted} (${id})` : wanted
  deps.decide({ actor: `cluster:${id}`, action: 'cluster.enrol', subject: id, detail: { name: free, area: claim.area, agent } }, () => {
    clusters.insert({ id, name: free, created: now, publicKey, ...hashes(deps, password) })
    if (claim.area !== null) clusters.join(id, claim.area, civilDate(now))
    claims.use(claim.tokenSha256, id)
  })
  return id
}

/** The answer was lost on the link: the same box asks again and gets a new password for the same cluster. */
function renewCredential(deps: ServerDeps, { publicKey, password }: Applicant, id: string): string | null {
  const { clusters } = deps.stores
  const known = clusters.byId(id)
  if (!known || known.revokedAt !== null || !sameBytes(known.publicKey, publicKey)) return null
  const { secretSha256, mosquittoHash } = hashes(deps, password)
  deps.decide({ actor: `cluster:${id}`, action: 'cluster.enrol-again', subject: id }, () => clusters.setCredential(id, secretSha256, mosquittoHash))
  return id
}
