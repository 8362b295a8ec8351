import type { Identity, Role } from './identity.ts'
import type { WallMs } from '../../shared/core/clock.ts'

/**
 * The one table of who may do what: routes, MQTT handlers, the event stream and the web read it. What is not in it nobody
 * may do. An administrator may do everything within the areas of the grant. Where the action has a place (a cluster, a
 * session's targets, a programme's area), every area concerned must lie within a grant of one of these roles.
 */
export const ACTIONS = {
  /** To see what is planned, what sounds and what sounded, areas, clusters and their state. */
  'station.read': ['operator', 'approver', 'technician', 'announcer'],
  'programme.read': ['operator', 'approver', 'announcer'],
  'programme.write': ['operator', 'approver'],
  /** To let it on the air; never one's own, unless the area's rule says otherwise. */
  'programme.approve': ['approver'],
  /** To give material to the areas below. */
  'programme.share': ['operator', 'approver'],
  'timetable.draft': ['operator', 'approver'],
  'timetable.publish': ['operator', 'approver'],
  /** Microphone and play now, by day. */
  'live.speak': ['operator', 'approver', 'announcer'],
  'live.stop': ['operator', 'approver', 'announcer', 'technician'],
  /** tạm ngừng phát */
  'pause.set': ['operator', 'approver', 'technician'],
  /** mở giờ đặc biệt: a right of its own. */
  'opening.set': ['approver', 'announcer'],
  /** Hours, caps, who may approve their own: the area's rules. */
  'policy.write': ['approver'],
  'emergency.raise': ['announcer'],
  'emergency.read': ['operator', 'approver', 'technician', 'announcer'],
  /** Dừng loa xã tôi: whoever is on duty there. */
  'emergency.local-stop': ['operator', 'approver', 'announcer', 'technician'],
  'emergency.prepare': ['announcer', 'approver'],
  'relay.read': ['operator', 'approver', 'technician', 'announcer'],
  'relay.write': ['technician'],
  'speech.write': ['operator', 'approver'],
  'bulletin.read': ['operator', 'approver'],
  'bulletin.decide': ['operator', 'approver'],
  'bulletin.send': ['approver'],
  'cluster.read': ['operator', 'approver', 'technician', 'announcer'],
  'cluster.write': ['technician'],
  /** Mute and volume now: a horn that screeches waits for nobody. */
  'cluster.quieten': ['operator', 'technician', 'announcer'],
  'cluster.enrol': ['technician'],
  /** Restart, self-test, log bundle, update, listen in. */
  'cluster.service': ['technician'],
  'incident.read': ['operator', 'approver', 'technician', 'announcer'],
  'incident.work': ['technician'],
  'incident.report': ['operator', 'approver', 'technician', 'announcer'],
  'report.read': ['operator', 'approver', 'technician', 'announcer'],
  /** To say that something was heard, or was not. */
  'report.confirm': ['operator', 'approver', 'technician'],
  /** To give an inspector a link. */
  'report.share': ['approver'],
  'notify.own': ['operator', 'approver', 'technician', 'announcer'],
  /** To open the made-up commune, to go in and to end it: nothing there reaches a loudspeaker. */
  'practice.use': ['operator', 'approver', 'technician', 'announcer'],
  /** Of the station as a whole. */
  'area.write': [],
  'person.write': [],
  'settings.write': [],
  'audit.read': [],
} as const satisfies Record<string, readonly Exclude<Role, 'administrator'>[]>
export type Action = keyof typeof ACTIONS

/** May a role do it where its grant holds? */
export const roleMay = (role: Role, action: Action): boolean => role === 'administrator' || (ACTIONS[action] as readonly Role[]).includes(role)

/** Areas in which the identity may do it now: `all`, or the codes of its grants (what lies within them counts as well). */
export function areasWhere(who: Identity, action: Action, now: WallMs): ReadonlySet<string> | 'all' {
  const codes = new Set<string>()
  for (const { role, areas, until } of who.grants) {
    if (!roleMay(role, action) || (until !== undefined && now >= until)) continue
    if (areas === 'all') return 'all'
    for (const code of areas) codes.add(code)
  }
  return codes
}
