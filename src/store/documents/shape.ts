/**
 * Checks a value that was read from JSON. Returns the place that does not have the shape, in words
 * (` .inputs[0].name is no text`), or undefined. Written by hand, since a plan has 100,000 nodes and `ls` loads no
 * schema library: an object of ten fields costs less than a microsecond.
 */
export interface Shape<T> {
  (value: unknown): string | undefined;
  /** Never present: it carries the type. */
  readonly of?: T;
}

/** A field that may be absent. */
export interface OptionalShape<T> extends Shape<T> {
  readonly isOptional: true;
}

/** One shape for each field, and an optional one for those that may be absent. */
export type Fields<T> = {
  readonly [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? OptionalShape<T[K]> : Shape<T[K]>;
};

export const text: Shape<string> = (value) => (typeof value === "string" ? undefined : " is no text");
export const number: Shape<number> = (value) => (typeof value === "number" ? undefined : " is no number");
export const flag: Shape<boolean> = (value) => (typeof value === "boolean" ? undefined : " is neither true nor false");
/** Any value that JSON can express. */
export const anything: Shape<unknown> = () => undefined;

export function literal<const T extends string | number | boolean | null>(...values: readonly T[]): Shape<T> {
  const known = new Set<unknown>(values);
  return (value) => (known.has(value) ? undefined : ` is none of ${values.join(", ")}`);
}

export function list<T>(item: Shape<T>): Shape<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value)) return " is no list";
    for (let index = 0; index < value.length; index++) {
      const misfit = item(value[index]);
      if (misfit !== undefined) return `[${index}]${misfit}`;
    }
    return undefined;
  };
}

export function record<T>(item: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return (value) => {
    if (!isObject(value)) return " is no object";
    // A curve is a million of such documents.
    if (item === anything) return undefined;
    for (const key of Object.keys(value)) {
      const misfit = item(value[key]);
      if (misfit !== undefined) return `.${key}${misfit}`;
    }
    return undefined;
  };
}

/** Fields that are not named here are left alone: a program of the same version may have added them. */
export function object<T>(fields: Fields<T>): Shape<T> {
  const required: [string, Shape<unknown>][] = [];
  const optional: [string, Shape<unknown>][] = [];
  for (const [name, shape] of Object.entries<Shape<unknown>>(fields))
    ("isOptional" in shape ? optional : required).push([name, shape]);
  return (value) => {
    if (!isObject(value)) return " is no object";
    for (const [name, shape] of required) {
      const misfit = shape(value[name]);
      if (misfit !== undefined) return `.${name}${misfit}`;
    }
    for (const [name, shape] of optional) {
      const field = value[name];
      const misfit = field === undefined ? undefined : shape(field);
      if (misfit !== undefined) return `.${name}${misfit}`;
    }
    return undefined;
  };
}

export function optional<T>(shape: Shape<T>): OptionalShape<T> {
  return Object.assign((value: unknown) => shape(value), { isOptional: true } as const);
}

/** One of several objects, told apart by `kind`; each shape has the other fields. */
export function kinds<T extends { readonly kind: string }>(
  shapes: {
    readonly [K in T["kind"]]: Shape<Omit<Extract<T, { readonly kind: K }>, "kind">>;
  },
): Shape<T> {
  const known = new Map<unknown, Shape<unknown>>(Object.entries(shapes));
  return (value) => {
    if (!isObject(value)) return " is no object";
    const shape = known.get(value.kind);
    return shape === undefined ? `.kind is none of ${[...known.keys()].join(", ")}` : shape(value);
  };
}

/** The first that fits; the misfit is the last one's. */
export function either<A, B>(a: Shape<A>, b: Shape<B>): Shape<A | B> {
  return (value) => (a(value) === undefined ? undefined : b(value));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
