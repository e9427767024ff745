import { HeadraceError } from "../../errors.ts";
import { namedVariables, withoutLogins } from "./requirements-text.ts";

type Variables = Readonly<Record<string, string>>;

export interface BuildVariables {
  /** For the programs of the build. */
  readonly environment: Variables;
  /** Those of them that come from the user and not from the project. */
  readonly ofTheUser: Variables;
  /** Variables of the project say from where, or how, something is installed. */
  readonly steeredByProject: boolean;
  /** Puts the values of `${NAME}` in. */
  readonly expand: (text: string, where: string) => string;
  /** Takes secrets out of a text that is kept or shown. */
  readonly redact: (text: string) => string;
  /** The part of all this that decides what is installed: for the hash, and free of secrets. */
  readonly facts: Variables;
}

export interface BuildVariableSources {
  /** The variables that every build gets of Headrace's environment. */
  readonly passedOn: Variables;
  /** Headrace's whole environment, of which `HEADRACE_BUILD_VARIABLES` names more. */
  readonly base: Readonly<Record<string, string | undefined>>;
  /** Variables that the step has. */
  readonly step: Variables;
  /** `python.environment`. */
  readonly own: Variables;
}

const STEERS_INSTALLERS = /^(PIP|UV)_/;
/** These lead downloads elsewhere, too: proxies, certificates, homes with settings, search paths. */
const STEERS_DOWNLOADS = /^(PIP|UV)_(?!NO_BUILD_ISOLATION)|proxy$|SSL|CERT|_CA_|PATH$|^(HOME|XDG_.*|NETRC|PYTHON.*)$/i;
/** Shorter values would be found in words that have nothing to do with them. */
const SHORTEST_SECRET = 4;

/**
 * The variables of a build. A requirements file can come from a stranger and name an index of his: so `${NAME}` stands
 * only for variables that the step has, or that the user gives to builds by name
 * (`HEADRACE_BUILD_VARIABLES=TOKEN,USER_NAME`).
 */
export function buildVariables({ passedOn, base, step, own }: BuildVariableSources): BuildVariables {
  const granted = grantedVariables(base);
  const known: Variables = { ...passedOn, ...granted, ...step, ...own };
  const secrets = new Map(Object.entries(granted));
  const expand = (text: string, where: string): string => {
    for (const name of namedVariables(text)) {
      const value = known[name];
      if (value === undefined) throw unknownVariable(name, where);
      if (own[name] === undefined && passedOn[name] === undefined) secrets.set(name, value);
    }
    return text.replaceAll(/\$\{([A-Z0-9_]+)\}/g, (_, name: string) => known[name] ?? "");
  };
  const redact = (text: string): string => {
    let clean = text;
    for (const [name, value] of secrets)
      if (value.length >= SHORTEST_SECRET) clean = clean.replaceAll(value, `\${${name}}`);
    return withoutLogins(clean);
  };
  const steering = Object.entries({ ...passedOn, ...granted, ...own }).filter(
    ([name]) => STEERS_INSTALLERS.test(name) || name in own,
  );
  // An index is the same one whoever logs in to it; a token that is renewed each day must not rebuild anything.
  const facts = Object.fromEntries(
    steering.filter(([name]) => name in own || !(name in granted)).map(([name, value]) => [name, withoutLogins(value)]),
  );
  const ofTheUser = { ...passedOn, ...granted };
  const steeredByProject = Object.keys(own).some((name) => STEERS_DOWNLOADS.test(name));
  return { environment: { ...ofTheUser, ...own }, ofTheUser, steeredByProject, expand, redact, facts };
}

function grantedVariables(base: BuildVariableSources["base"]): Variables {
  const names = (base.HEADRACE_BUILD_VARIABLES ?? "").split(/[\s,]+/).filter((name) => name !== "");
  return Object.fromEntries(names.flatMap((name) => (base[name] === undefined ? [] : [[name, base[name] ?? ""]])));
}

function unknownVariable(name: string, where: string): HeadraceError {
  return new HeadraceError("HR_PYTHON_ENVIRONMENT", `${where}: the variable \${${name}} has no value`, {
    hint: [
      "give it to the step (environment-variables, ",
      { do: "set", option: "variable", value: `${name}=…` },
      `), or to builds alone: HEADRACE_BUILD_VARIABLES=${name}`,
    ],
  });
}
