import { Type, type Static } from 'typebox'
import { Radio } from './beat.ts'

const count = Type.Integer({ minimum: 0 })
/** The whole state of a box, on change and hourly. Absent fields are not known to this box; never made up. */
export const Health = Type.Object(
  {
    /** Agent's time, wall ms; what it believes while its clock is untrusted. */
    at: count,
    /** Of the same boot as `hello.boot`. */
    boot: Type.String({ maxLength: 16 }),
    /** Running since, s. */
    upS: count,
    /** Version of the agent. */
    agent: Type.String({ maxLength: 32 }),
    /** True where the modem is made up: shown on every screen. */
    simulated: Type.Boolean(),
    radio: Type.Optional(
      Type.Object(
        {
          figures: Radio,
          /** Such as LTE. */
          tech: Type.Optional(Type.String({ maxLength: 16 })),
          operator: Type.Optional(Type.String({ maxLength: 32 })),
          band: Type.Optional(Type.String({ maxLength: 24 })),
          /** Cell identity, hexadecimal. */
          cell: Type.Optional(Type.String({ maxLength: 24 })),
          /** Number of the SIM (ITU-T E.118): another one in the same box is a sign of theft. */
          iccid: Type.Optional(Type.String({ pattern: '^[0-9]{18,20}$' })),
          /** Where the figures come from: `at:/dev/ttyUSB2`, `mm`, `sim:good` … */
          source: Type.String({ maxLength: 24 }),
        },
        { additionalProperties: false },
      ),
    ),
    link: Type.Object(
      {
        /** Connections since boot. */
        connects: count,
        /** Round trip to the server, ms. */
        rttMs: Type.Optional(count),
        /** Beats that the broker acknowledged late or never. */
        lateBeats: count,
      },
      { additionalProperties: false },
    ),
    /** Through the modem since boot. */
    data: Type.Optional(Type.Object({ rxBytes: count, txBytes: count }, { additionalProperties: false })),
    clock: Type.Object(
      {
        /** Nothing scheduled sounds while false. */
        trusted: Type.Boolean(),
        /** Bound of the error, ms. */
        errMs: Type.Optional(Type.Number({ minimum: 0 })),
        /** Server's time minus this box's own clock, ms. */
        offsetMs: Type.Optional(Type.Number()),
        /** By how much the server's clock runs faster than this one, ppm. */
        driftPpm: Type.Optional(Type.Number()),
      },
      { additionalProperties: false },
    ),
    disk: Type.Optional(Type.Object({ freeBytes: count, cacheBytes: count }, { additionalProperties: false })),
    /** Of the processor, °C. */
    tempC: Type.Optional(Type.Number({ minimum: -60, maximum: 200 })),
    power: Type.Optional(Type.Union([Type.Literal('mains'), Type.Literal('battery')])),
    /** In force, percent of full scale. */
    volume: Type.Integer({ minimum: 0, maximum: 100 }),
    mute: Type.Boolean(),
    /** Memory of the agent's process. */
    rssBytes: Type.Optional(count),
    /** Rows not yet acknowledged. */
    evidenceWaiting: count,
  },
  { additionalProperties: false },
)
export type Health = Static<typeof Health>
