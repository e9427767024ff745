type Variables = Readonly<Record<string, string>>;

/** Addresses of proxies and of package indexes: what stands before their `@` is a name and a password. */
const HOLDS_ADDRESSES = /^(?:PIP_|UV_)|_proxy$/i;
const IS_PROXY = /proxy$/i;

const USER_OF_ADDRESS = /(:\/\/)[^\s/?#]*@/g;
/** A proxy may be written without `http://`. */
const USER_OF_PROXY = /^[^\s/?#]*@/;

/**
 * Variables without the names and passwords in their addresses, save for those whose names `HEADRACE_STEP_PASSWORDS`
 * has. A step that merely runs does not need them, prints its environment on a bad day, and runs code of whoever wrote
 * its packages.
 */
export function withoutPasswords(variables: Variables, base: Variables): Record<string, string> {
  const granted = new Set((base.HEADRACE_STEP_PASSWORDS ?? "").split(/[\s,]+/));
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [
      name,
      granted.has(name) || !HOLDS_ADDRESSES.test(name) ? value : cleaned(name, value),
    ]),
  );
}

/** Returns a warning if the proxies ask for a password: everything that such a step wants of the network fails. */
export function proxyWarning(variables: Variables, base: Variables): string | undefined {
  const clean = withoutPasswords(variables, base);
  const names = Object.keys(variables).filter((name) => IS_PROXY.test(name) && clean[name] !== variables[name]);
  if (names.length === 0) return undefined;
  const list = names.sort().join(",");
  return `steps get ${list.replaceAll(",", ", ")} without user name and password; HEADRACE_STEP_PASSWORDS=${list} gives these to steps, too`;
}

function cleaned(name: string, value: string): string {
  const text = value.replaceAll(USER_OF_ADDRESS, "$1");
  return IS_PROXY.test(name) ? text.replace(USER_OF_PROXY, "") : text;
}
