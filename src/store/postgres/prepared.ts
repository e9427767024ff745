import type { SqlParameters, SqlValue } from "../database.ts";

/** A statement as PostgreSQL takes it: kept prepared under a name, with `$1` in place of `:name`. */
export interface Prepared {
  readonly name: string;
  readonly text: string;
  readonly parameters: readonly string[];
}

/** Literals and casts may hold colons too. */
const PARAMETER = /'[^']*'|::|:([a-zA-Z_]\w*)/g;
const VALUES = /\bvalues\s*\(([^()]*)\)/;

const kept = new Map<string, Prepared>();

export function prepare(text: string): Prepared {
  return keep(text, () => number(text));
}

/** The same without a name: for a statement that is asked once. */
export function number(text: string): Omit<Prepared, "name"> {
  const parameters: string[] = [];
  const numbered = numberParameters(text, parameters, 0);
  return { text: numbered, parameters };
}

/** An `insert … values (…)` for so many rows at once; undefined for any other statement. */
export function prepareRows(text: string, rows: number): Prepared | undefined {
  if (!VALUES.test(text)) return undefined;
  return keep(`${rows} ${text}`, () => {
    const parameters: string[] = [];
    const numbered = text.replace(VALUES, (tuple, inner: string) => {
      numberParameters(tuple, parameters, 0);
      const tuples = Array.from(
        { length: rows },
        (_, row) => `(${numberParameters(inner, [], row * parameters.length)})`,
      );
      return `values ${tuples.join(", ")}`;
    });
    return { text: numbered, parameters };
  });
}

export function bind({ parameters }: Pick<Prepared, "parameters">, given: SqlParameters): SqlValue[] {
  return parameters.map((name) => {
    const value = given[name];
    if (value === undefined) throw new Error(`no value for :${name}`);
    return typeof value === "string" ? storable(value) : value;
  });
}

/**
 * PostgreSQL cannot keep the character NUL in a text. It has no place in what we store as plain text, and JSON escapes
 * it.
 */
export function storable(text: string): string {
  return text.includes("\0") ? text.replaceAll("\0", "\uFFFD") : text;
}

function keep(key: string, make: () => Omit<Prepared, "name">): Prepared {
  const known = kept.get(key);
  if (known !== undefined) return known;
  const prepared = { name: `s${kept.size}`, ...make() };
  kept.set(key, prepared);
  return prepared;
}

/** A name that occurs twice is one parameter. */
function numberParameters(text: string, parameters: string[], offset: number): string {
  return text.replace(PARAMETER, (found, name: string | undefined) => {
    if (name === undefined) return found;
    if (!parameters.includes(name)) parameters.push(name);
    return `$${offset + parameters.indexOf(name) + 1}`;
  });
}
