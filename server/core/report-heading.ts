import { Type, type Static } from 'typebox'

const line = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: '\\S' })
const strict = { additionalProperties: false } as const

/** The heading and the foot of an area's reports. What is absent is left blank on the paper, to be written by hand. */
export const ReportHeading = Type.Object(
  {
    /** `state`: the layout of Decree 30/2020; `party`: that of a Party committee. */
    form: Type.Union([Type.Literal('state'), Type.Literal('party')]),
    /** cơ quan chủ quản: `UBND XÃ ĐỨC TRỌNG`, or `ĐẢNG BỘ TỈNH LÂM ĐỒNG`. */
    superior: Type.Optional(line(120)),
    /** cơ quan ban hành: `TRUNG TÂM DỊCH VỤ TỔNG HỢP`, or `ĐẢNG ỦY XÃ ĐỨC TRỌNG`. */
    issuer: line(120),
    /** Behind `BC-`: `VHXH`. */
    symbol: Type.Optional(line(30)),
    /** địa danh, before the date: `Đức Trọng`. */
    place: line(80),
    /** To whom it goes, one a line. */
    recipients: Type.Optional(Type.Array(line(160), { maxItems: 12 })),
    /** Whose authority: `TM. ỦY BAN NHÂN DÂN`, `T/M BAN THƯỜNG VỤ`. */
    authority: Type.Optional(line(80)),
    /** `CHỦ TỊCH`, `TRƯỞNG ĐÀI`. */
    position: line(80),
    signer: Type.Optional(line(80)),
  },
  strict,
)
export type ReportHeading = Static<typeof ReportHeading>

/** Where an area has set none. */
export const plainHeading = (areaName: string): ReportHeading => ({ form: 'state', issuer: `ĐÀI TRUYỀN THANH ${areaName.toLocaleUpperCase('vi')}`, place: areaName.replace(/^(Xã|Phường|Đặc khu|Tỉnh|Thành phố)\s+/iu, ''), position: 'NGƯỜI LẬP BÁO CÁO' })
