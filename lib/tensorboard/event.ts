import protobuf from "protobufjs";

/** The part of TensorBoard's event.proto and summary.proto that Seglab writes. */
const schema = `
  syntax = "proto3";
  message Event {
    double wall_time = 1;
    int64 step = 2;
    oneof what {
      string file_version = 3;
      Summary summary = 5;
      SessionLog session_log = 7;
    }
  }
  message Summary { repeated Value value = 1; }
  message Value { string tag = 1; oneof value { float simple_value = 2; } }
  message SessionLog { int32 status = 1; }`;

const Event = protobuf.parse(schema, { keepCase: true }).root.lookupType("Event");

/** What is told of a run: an event of these kinds. */
export type Told =
  /** What a file begins with. */
  | { readonly kind: "version" }
  /** All that was told of this step and later ones is void: the run goes on from before it. */
  | { readonly kind: "restart"; readonly step: number }
  /** Numbers by their tags, `val/mIoU` among those of `val`. */
  | { readonly kind: "scalars"; readonly step: number; readonly values: Scalars };

/** Numbers by their tags. */
export type Scalars = Readonly<Record<string, number>>;

const START = 1; // SessionLog.SessionStatus

/** The bytes of an event at a time in seconds since 1970. */
export function encodeEvent(told: Told, wallTime: number): Uint8Array {
  return Event.encode({ wall_time: wallTime, ...contentsOf(told) }).finish();
}

function contentsOf(told: Told) {
  if (told.kind === "version") return { file_version: "brain.Event:2" };
  if (told.kind === "restart") return { step: told.step, session_log: { status: START } };
  const value = Object.entries(told.values).map(([tag, simple_value]) => ({ tag, simple_value }));
  return { step: told.step, summary: { value } };
}
