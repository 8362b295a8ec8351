import { Type, type Static } from 'typebox'
import { AreaCode } from '../../../shared/core/timetable.ts'
import { strict } from './views.ts'

const linkFields = { id: Type.String(), area: Type.String(), createdAt: Type.String() }
export const LinkView = Type.Object(linkFields)
export type LinkView = Static<typeof LinkView>
export const LinkMade = Type.Object({ ...linkFields, path: Type.String({ description: 'told once; whoever has it reads the calendar of the area' }) })
export type LinkMade = Static<typeof LinkMade>
export const NewLink = Type.Object({ area: AreaCode }, strict)
