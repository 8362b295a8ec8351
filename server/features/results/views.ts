import { Type, type Static } from 'typebox'

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])

export const ResultView = Type.Object({
  session: Type.String(), title: Type.String(), occurrence: Type.String(), end: Type.String(), area: Type.String(), areaName: Type.String(),
  clusters: Type.Integer(), whole: Type.Integer({ description: 'clusters that aired all of it' }), part: Type.Integer({ description: 'clusters that aired some of it' }),
  plannedMinutes: Type.Number(), airedMinutes: Type.Number(), vi: Type.String(), en: Type.String(),
  lacking: Type.Array(Type.Object({
    cluster: Type.String(), name: Type.String(), online: Type.Boolean(), why: Type.String(), reason: nullable(Type.String()),
    call: nullable(Type.Object({ name: Type.String(), phone: nullable(Type.String({ description: 'only for those who may report incidents' })) })),
  })),
})
export type ResultView = Static<typeof ResultView>
