import type { Mount, ParameterValue, StepCheck } from "../config/index.ts";

/**
 * Raised when the same facts come to mean something else, so that no result of before is taken for one of now. 2:
 * surroundings count.
 */
const FORMAT = 2;

/**
 * All that is known of an execution before it starts and that can change what it computes. The code that it reads
 * stands apart (code-share.ts), since that is only seen while it runs. Names of nodes, runs, titles and tags do not
 * count, nor do limits.
 */
export interface FingerprintFacts {
  readonly step: string;
  /** Interpolated command lines. */
  readonly command: readonly string[];
  readonly image: string;
  /** Kind of place and machine, e.g. `{executor: "local", platform: "linux/x64"}`. */
  readonly place: Readonly<Record<string, string>>;
  readonly python?: PythonFacts;
  /** In the order in which the step finds them. */
  readonly inputs: readonly InputFacts[];
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** They decide how a whole number is written for the step: `1.0` or `1`. */
  readonly floatParameters: readonly string[];
  /** Without secret ones, whose values are never stored, not even as a hash. */
  readonly environmentVariables: Readonly<Record<string, string>>;
  /**
   * The further facts of the place that the step sees: variables that are passed on, programs, their packages. Absent
   * in records of before.
   */
  readonly surroundings?: Readonly<Record<string, string>> | undefined;
  readonly mounts: readonly Mount[];
  readonly stopCondition?: string;
  /** A result that passed other checks may not pass these. */
  readonly checks?: readonly StepCheck[];
  /** The datasets that it makes versions of, by output: an earlier result made none of them. */
  readonly datasets?: Readonly<Record<string, string>>;
  /** The models, likewise. */
  readonly models?: Readonly<Record<string, string>>;
}

export interface PythonFacts {
  readonly packages: readonly string[];
  readonly version?: string;
  /** Variables for what builds the environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The requirements file, and those that it includes: path and content. */
  readonly files: readonly (readonly [path: string, sha256: string])[];
  /** Present where a package is installed out of the repository itself: then all of it counts. */
  readonly manifestSha256?: string;
}

export interface InputFacts {
  readonly name: string;
  /** Path below the input's folder. */
  readonly files: readonly InputFileFacts[];
}

export interface InputFileFacts {
  readonly name: string;
  readonly sha256: string;
  /** The step finds them in `inputs.json`. Absent where there are none. */
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** One text for equal facts and only for those: JSON with sorted keys. Its SHA-256 is the base of the fingerprint. */
export function fingerprintText(facts: FingerprintFacts): string {
  const inputs = Object.fromEntries(facts.inputs.map(({ name, files }) => [name, files.map(fileText)]));
  const python = facts.python && { ...facts.python, files: Object.fromEntries(facts.python.files) };
  rememberSurroundings(facts.surroundings);
  return canonicalJson({ format: FORMAT, ...facts, inputs, python });
}

function fileText({ name, sha256, properties }: InputFileFacts): readonly unknown[] {
  return properties === undefined ? [name, sha256] : [name, sha256, properties];
}

/** One difference, in the order in which people want to know. `before` or `after` is absent where there is nothing. */
export type FactChange =
  | { readonly kind: "command"; readonly before: readonly string[]; readonly after: readonly string[] }
  | ValueChange
  /** The earlier one was recorded when nobody noted what it saw of the machine. */
  | { readonly kind: "surroundings-unknown" }
  | { readonly kind: "requirements-file"; readonly path: string; readonly before?: string; readonly after?: string }
  | {
      readonly kind: "input-file";
      readonly input: string;
      readonly name: string;
      readonly before?: string;
      readonly after?: string;
    }
  /** The file is the same; what its maker said of it is not. */
  | {
      readonly kind: "input-properties";
      readonly input: string;
      readonly name: string;
      readonly before?: unknown;
      readonly after?: unknown;
    }
  /** The files are the same, in another order; or there is a new input, or one less, without a file. */
  | { readonly kind: "input"; readonly input: string; readonly what: "reordered" | "added" | "removed" };

export interface ValueChange {
  readonly kind: "parameter" | "environment-variable" | "image" | "place" | "surroundings" | "python" | "setting";
  readonly name: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Returns the differences between two executions; empty exactly when their fingerprint texts are equal. */
export function compareFacts(before: FingerprintFacts, after: FingerprintFacts): readonly FactChange[] {
  return [
    ...valueChanges("parameter", before.parameters, after.parameters),
    ...inputChanges(before.inputs, after.inputs),
    ...commandChange(before, after),
    ...valueChanges("environment-variable", before.environmentVariables, after.environmentVariables),
    ...valueChanges("image", { image: before.image }, { image: after.image }),
    ...pythonChanges(before.python, after.python),
    ...valueChanges("place", before.place, after.place),
    ...surroundingsChanges(before, after),
    ...valueChanges("setting", settingsOf(before), settingsOf(after)),
  ];
}

function surroundingsChanges(before: FingerprintFacts, after: FingerprintFacts): readonly FactChange[] {
  if (before.surroundings !== undefined && after.surroundings !== undefined) {
    return valueChanges("surroundings", before.surroundings, after.surroundings);
  }
  // A container shows nothing of the machine: that the place is another one says it all.
  const isOneOnly = (before.surroundings === undefined) !== (after.surroundings === undefined);
  return isOneOnly && isSame(before.place, after.place) ? [{ kind: "surroundings-unknown" }] : [];
}

function settingsOf(facts: FingerprintFacts): Readonly<Record<string, unknown>> {
  const { step, floatParameters, mounts, stopCondition, checks, datasets, models } = facts;
  return {
    step,
    "float parameters": floatParameters,
    mounts,
    "stop-condition": stopCondition,
    checks,
    datasets,
    models,
  };
}

function commandChange(
  { command: before }: FingerprintFacts,
  { command: after }: FingerprintFacts,
): readonly FactChange[] {
  return isSame(before, after) ? [] : [{ kind: "command", before, after }];
}

function valueChanges(
  kind: ValueChange["kind"],
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): readonly ValueChange[] {
  return namesOf(before, after).flatMap((name) => {
    const [old, now] = [own(before, name), own(after, name)];
    return isSame(old, now)
      ? []
      : [{ kind, name, ...(old === undefined ? {} : { before: old }), ...(now === undefined ? {} : { after: now }) }];
  });
}

function pythonChanges(before: PythonFacts | undefined, after: PythonFacts | undefined): readonly FactChange[] {
  const plain = (facts: PythonFacts | undefined) =>
    facts === undefined
      ? {}
      : {
          packages: facts.packages,
          version: facts.version,
          environment: facts.environment === undefined ? undefined : JSON.stringify(facts.environment),
          "code that it installs": facts.manifestSha256,
        };
  const files = (facts: PythonFacts | undefined): ReadonlyMap<string, string> => new Map(facts?.files);
  return [
    ...valueChanges("python", plain(before), plain(after)),
    ...mapChanges(files(before), files(after)).map(({ key, ...change }) => ({
      kind: "requirements-file" as const,
      path: key,
      ...change,
    })),
  ];
}

function inputChanges(before: readonly InputFacts[], after: readonly InputFacts[]): readonly FactChange[] {
  const old = new Map(before.map((input) => [input.name, input]));
  const now = new Map(after.map((input) => [input.name, input]));
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((input): readonly FactChange[] => {
    const [before, after] = [filesByName(old.get(input)), filesByName(now.get(input))];
    const contents = (files: typeof before) => new Map([...files].map(([name, { sha256 }]) => [name, sha256]));
    const changed = mapChanges(contents(before), contents(after)).map(
      ({ key, ...change }): FactChange => ({ kind: "input-file", input, name: key, ...change }),
    );
    const said = propertyChanges(input, before, after);
    if (changed.length + said.length > 0) return [...changed, ...said];
    const what = !old.has(input) ? "added" : now.has(input) ? "reordered" : "removed";
    return isSame(old.get(input), now.get(input)) ? [] : [{ kind: "input", input, what }];
  });
}

function filesByName(facts: InputFacts | undefined): ReadonlyMap<string, InputFileFacts> {
  return new Map(facts?.files.map((file) => [file.name, file]));
}

/** Returns the changed properties of files whose content is the same. */
function propertyChanges(
  input: string,
  before: ReadonlyMap<string, InputFileFacts>,
  after: ReadonlyMap<string, InputFileFacts>,
): readonly FactChange[] {
  return [...after].flatMap(([name, file]): readonly FactChange[] => {
    const old = before.get(name);
    if (old?.sha256 !== file.sha256 || isSame(old.properties, file.properties)) return [];
    return [{ kind: "input-properties", input, name, before: old.properties, after: file.properties }];
  });
}

function mapChanges(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly { readonly key: string; readonly before?: string; readonly after?: string }[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) => {
    const [old, now] = [before.get(key), after.get(key)];
    return old === now
      ? []
      : [{ key, ...(old === undefined ? {} : { before: old }), ...(now === undefined ? {} : { after: now }) }];
  });
}

function namesOf(...records: readonly Readonly<Record<string, unknown>>[]): readonly string[] {
  return [...new Set(records.flatMap(Object.keys))];
}

function own(record: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function isSame(a: unknown, b: unknown): boolean {
  return Object.is(a, b) || canonicalJson(a) === canonicalJson(b);
}

/** The texts of surroundings, which a thousand nodes share. */
const KNOWN_TEXTS = new WeakMap<object, string>();

/** Surroundings hold texts alone, so that nothing of a frozen record can change. */
function rememberSurroundings(surroundings: FingerprintFacts["surroundings"]): void {
  if (surroundings === undefined || !Object.isFrozen(surroundings) || KNOWN_TEXTS.has(surroundings)) return;
  KNOWN_TEXTS.set(surroundings, canonicalJson(surroundings));
}

/** Keys in the order of their UTF-16 units; what is undefined is left out. Plain data only. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object" && value !== null) return KNOWN_TEXTS.get(value) ?? recordText(value);
  return numberText(value) ?? JSON.stringify(value) ?? "null";
}

function recordText(value: object): string {
  const names = Object.keys(value).sort();
  const members: string[] = [];
  for (const name of names) {
    const member = own(value as Readonly<Record<string, unknown>>, name);
    if (member !== undefined) members.push(`${JSON.stringify(name)}:${canonicalJson(member)}`);
  }
  return `{${members.join(",")}}`;
}

/** JSON has no word for these, and would write `null`, which is another value; nor does it tell -0 from 0. */
function numberText(value: unknown): string | undefined {
  return typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))
    ? `"number:${Object.is(value, -0) ? "-0" : value}"`
    : undefined;
}
