import { promisify } from "node:util";

const IMPORT = /^import (?:([\w$]+)(?:, )?)?(?:\* as ([\w$]+)|\{ ?([^}\n]*?) ?\})? ?from "(node:[\w/]+)";$/gm;

/** They bring a dozen modules of Node along each, and most commands never call them. */
const LOADED_WHEN_CALLED: ReadonlySet<string> = new Set(["node:crypto", "node:child_process"]);

/**
 * Takes Node's own modules as they are, in a chunk of the bundle. An import statement makes a module of them and asks
 * for all that they export, so that `node:fs` brings its streams along and `node:crypto` its web half: a sixth of the
 * start of a short command. Each stays on its line, so that the map of the sources holds.
 */
export function takeBuiltins(code: string): string {
  const taken = code.replace(IMPORT, (_, whole?: string, all?: string, names?: string, module = "") => {
    const call = `process.getBuiltinModule(${JSON.stringify(module)})`;
    const picked = names === undefined ? undefined : pick(module, call, names.split(/,\s*/));
    const kept = LOADED_WHEN_CALLED.has(module) ? `new Proxy({}, { get: (_, name) => ${call}[name] })` : call;
    const named = [whole, all].filter((name) => name !== undefined).map((name) => `const ${name} = ${kept};`);
    return [...named, ...(picked ?? [])].join(" ");
  });
  const left = /^import [^;]*"node:.*$/m.exec(taken);
  if (left !== null) throw new Error(`this import of a module of Node is not understood: ${left[0]}`);
  return taken;
}

function pick(module: string, call: string, names: readonly string[]): readonly string[] {
  const pairs = names.map((name) => {
    const [theirs = "", ours = theirs] = name.split(" as ");
    return [theirs, ours] as const;
  });
  if (LOADED_WHEN_CALLED.has(module) && pairs.every(([theirs]) => isOnlyCalled(module, theirs)))
    return pairs.map(
      ([theirs, ours]) => `const ${ours} = ${calling(`${call}.${theirs}`, functionOf(module, theirs))};`,
    );
  const bindings = pairs.map(([theirs, ours]) => (theirs === ours ? ours : `${theirs}: ${ours}`));
  return [`const { ${bindings.join(", ")} } = ${call};`];
}

/** A function that calls another when it is called; in the form that `promisify` takes as well, where it has one. */
function calling(name: string, value: object | undefined): string {
  const plain = `(...given) => ${name}(...given)`;
  if (value === undefined || !(promisify.custom in value)) return plain;
  const custom = `Symbol.for(${JSON.stringify(Symbol.keyFor(promisify.custom))})`;
  return `Object.assign(${plain}, { [${custom}]: (...given) => ${name}[${custom}](...given) })`;
}

/** Classes are made with `new`, which no other function can stand for. */
function isOnlyCalled(module: string, name: string): boolean {
  return functionOf(module, name) !== undefined && /^[a-z]/.test(name);
}

function functionOf(module: string, name: string): object | undefined {
  const value = (process.getBuiltinModule(module) as Readonly<Record<string, unknown>>)[name];
  return typeof value === "function" ? value : undefined;
}
