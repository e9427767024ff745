import { availableParallelism } from "node:os";
import { delimiter, join } from "node:path";
import { findProgram } from "../../ask-program.ts";
import { HeadraceError } from "../../errors.ts";
import { withoutPasswords } from "../local/without-passwords.ts";

type Variables = Readonly<Record<string, string>>;

/**
 * The variables that a step gets of the environment in which Headrace itself runs: those that make programs find
 * themselves, the network, the graphics card and the package index. Everything else stays out, so that a token in
 * someone's shell never reaches a step (nor its log) unless the step names it, and so that a run does not depend on who
 * started it. Builds of environments get these as they are; steps get them without passwords.
 */
const PASSED_ON: readonly RegExp[] = [
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR|XDG_CACHE_HOME)$/,
  /^(http|https|ftp|all|no)_proxy$/i,
  /^(CUDA|NVIDIA|ROCR|HIP)_(?!.*(?:KEY|TOKEN|SECRET|PASS))[A-Z0-9_]+$/,
  /^(LD_LIBRARY_PATH|DYLD_LIBRARY_PATH)$/,
  /^(SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|NODE_EXTRA_CA_CERTS)$/,
  /^(PIP_(INDEX_URL|EXTRA_INDEX_URL|TRUSTED_HOST|FIND_LINKS|NO_INDEX|CERT|PROXY|CONFIG_FILE)|UV_(INDEX|DEFAULT_INDEX|INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS|NO_INDEX|OFFLINE))$/,
];

/** Text is UTF-8 unless the user's own locale says otherwise. */
export const DEFAULT_LANG = "C.UTF-8";
export const DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";

export function passedOn(base: Variables): Record<string, string> {
  return Object.fromEntries(Object.entries(base).filter(([name]) => PASSED_ON.some((pattern) => pattern.test(name))));
}

const NOT_FILES = new Set(["PATH", "HOME", "SHELL", "TMPDIR", "XDG_CACHE_HOME"]);

/**
 * Those that are passed on and may name files that programs need: certificates, libraries, settings of package
 * installers.
 */
export function namingFiles(base: Variables): Record<string, string> {
  return Object.fromEntries(
    Object.entries(passedOn(base)).filter(([name, value]) => !NOT_FILES.has(name) && value.includes("/")),
  );
}

export interface StepEnvironmentParts {
  readonly executionId: string;
  readonly base: Variables;
  /** The step's own variables and the platform's. */
  readonly own: Variables;
  /** The folder that the step knows as /valohai. */
  readonly valohai: string;
  readonly sandboxed: boolean;
  /** The step's home is its own and empty at first. */
  readonly ownHome: boolean;
  /** It installs into layers over what the machine has. */
  readonly layers?: boolean;
  readonly pythonEnvironment: string | undefined;
  /** Processors that it may use at most. */
  readonly cpuMax?: number | undefined;
  readonly onTerminal?: boolean;
}

/** The variables that programs ask of a terminal, and where they find its description. */
const TERMINAL = /^(TERM|COLORTERM|TERMINFO|NO_COLOR|FORCE_COLOR)$/;

function terminalVariables(base: Variables): Variables {
  return { TERM: "xterm", ...Object.fromEntries(Object.entries(base).filter(([name]) => TERMINAL.test(name))) };
}

/**
 * Libraries for numbers start a thread for each processor of the machine. Held to fewer processors, these wait for each
 * other: a step that may use one of 64 is then many times slower than with one thread.
 */
const THREADS: readonly string[] = [
  ...["OMP", "OPENBLAS", "MKL", "NUMEXPR", "RAYON"].map((library) => `${library}_NUM_THREADS`),
  ...["VECLIB_MAXIMUM_THREADS", "POLARS_MAX_THREADS", "LOKY_MAX_CPU_COUNT"],
];

function threadVariables(cpuMax: number | undefined): Variables {
  if (cpuMax === undefined || cpuMax >= availableParallelism()) return {};
  return Object.fromEntries(THREADS.map((name) => [name, String(Math.max(1, Math.ceil(cpuMax)))]));
}

/**
 * A step installs into a layer of its own, as in a container: neither need anything be spared that belongs to the
 * system's package manager, nor does a warning about root help. Links from a cache cannot be had across mounts.
 */
const INSTALLING: Variables = {
  PIP_BREAK_SYSTEM_PACKAGES: "1",
  PIP_ROOT_USER_ACTION: "ignore",
  UV_BREAK_SYSTEM_PACKAGES: "1",
  UV_LINK_MODE: "copy",
};

/**
 * Below the step's home: what installers for the user alone install. Not `.local`, of which the user's own parts are
 * seen, read-only.
 */
export const OWN_PREFIX = ".step";
/** R wants the folder to be there. */
export const OWN_R_LIBRARY = `${OWN_PREFIX}/R`;

/**
 * Programs that are installed for a user alone lie in his home, which is the step's: there they are found, whichever
 * installer it is. Downloads go to the cache folder, which stays from step to step.
 */
function ownPrograms(path: string, home: string, cache: string, layers: boolean): Variables {
  const prefix = join(home, OWN_PREFIX);
  const npm = findProgram("npm", path);
  return {
    PATH: [join(prefix, "bin"), path, join(home, ".local/bin")].join(delimiter),
    CARGO_INSTALL_ROOT: prefix,
    PYTHONUSERBASE: prefix,
    CONDA_PKGS_DIRS: join(cache, "conda/pkgs"),
    GOMODCACHE: join(cache, "go-modules"),
    NPM_CONFIG_CACHE: join(cache, "npm"),
    SCIKIT_LEARN_DATA: join(cache, "scikit_learn_data"),
    TFDS_DATA_DIR: join(cache, "tensorflow_datasets"),
    TRITON_CACHE_DIR: join(cache, "triton"),
    R_LIBS_USER: [join(home, OWN_R_LIBRARY), join(home, "R/%p-library/%v")].join(delimiter),
    // In a layer root may write to the system's, and a version manager has one in the home, and wants none that is set.
    ...((layers && process.getuid?.() === 0) || npm?.startsWith(`${home}/`) === true
      ? {}
      : { NPM_CONFIG_PREFIX: prefix }),
  };
}

/** By this variable the processes of a step are found again, however far they have detached themselves. */
export const EXECUTION_MARKER = "HEADRACE_EXECUTION_ID";

export function stepEnvironment(parts: StepEnvironmentParts): Record<string, string> {
  const variables: Record<string, string> = {
    LANG: DEFAULT_LANG,
    PATH: DEFAULT_PATH,
    // Otherwise a Python step's lines would stay in its buffer until it ends.
    PYTHONUNBUFFERED: "1",
    ...threadVariables(parts.cpuMax),
    ...(parts.sandboxed ? INSTALLING : {}),
    ...withoutPasswords(passedOn(parts.base), parts.base),
    ...(parts.onTerminal === true ? terminalVariables(parts.base) : {}),
  };
  const home = variables.HOME;
  if (parts.ownHome && home !== undefined) {
    const cache = variables.XDG_CACHE_HOME ?? join(home, ".cache");
    Object.assign(variables, ownPrograms(variables.PATH ?? "", home, cache, parts.layers === true));
  }
  // In the sandbox /tmp itself is the step's own; a folder named by TMPDIR would be read-only.
  if (parts.sandboxed) delete variables.TMPDIR;
  Object.assign(variables, parts.own);
  if (parts.pythonEnvironment !== undefined) {
    variables.PATH = [join(parts.pythonEnvironment, "bin"), variables.PATH].join(delimiter);
    variables.VIRTUAL_ENV = parts.pythonEnvironment;
    delete variables.PYTHONHOME;
  }
  for (const folder of ["repository", "inputs", "outputs", "config"])
    variables[`VH_${folder.toUpperCase()}_DIR`] = join(parts.valohai, folder);
  variables[EXECUTION_MARKER] = parts.executionId;
  return variables;
}

/** The kernel's limit for one `NAME=value` (MAX_ARG_STRLEN less the final NUL). */
const LONGEST_VARIABLE_BYTES = 131_071;

/**
 * Refuses what no process can be given, naming the variable; without this the spawn itself would fail with a bare
 * E2BIG.
 */
export function checkVariables(variables: Variables): void {
  for (const [name, value] of Object.entries(variables)) {
    if (name === "" || /[=\0]/.test(name)) {
      throw new HeadraceError(
        "HR_STEP_START",
        `${JSON.stringify(name)} cannot be the name of an environment variable`,
        {
          hint: "a name is not empty and holds neither '=' nor a NUL byte",
        },
      );
    }
    if (value.includes("\0")) {
      throw new HeadraceError("HR_STEP_START", `the environment variable ${name} holds a NUL byte`, {
        hint: "pass binary data as an input file",
      });
    }
    const sizeBytes = Buffer.byteLength(name) + 1 + Buffer.byteLength(value);
    if (sizeBytes > LONGEST_VARIABLE_BYTES) {
      throw new HeadraceError(
        "HR_STEP_START",
        `the environment variable ${name} is too long: ${sizeBytes} bytes of at most ${LONGEST_VARIABLE_BYTES}`,
        {
          hint: "pass long values as an input file",
        },
      );
    }
  }
}
