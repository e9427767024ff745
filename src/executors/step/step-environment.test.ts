import { describe, expect, test } from "vitest";
import { namingFiles, passedOn, type StepEnvironmentParts, stepEnvironment } from "./step-environment.ts";

const parts: StepEnvironmentParts = {
  executionId: "id",
  base: { PATH: "/bin", HOME: "/h" },
  own: {},
  valohai: "/valohai",
  sandboxed: true,
  ownHome: false,
  pythonEnvironment: undefined,
};

describe("what a step gets of the user's environment", () => {
  test.each([
    ...["PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "XDG_CACHE_HOME", "HTTPS_PROXY", "no_proxy"],
    ...[
      "CUDA_VISIBLE_DEVICES",
      "NVIDIA_DRIVER_CAPABILITIES",
      "LD_LIBRARY_PATH",
      "SSL_CERT_FILE",
      "REQUESTS_CA_BUNDLE",
      "PIP_INDEX_URL",
      "UV_INDEX_URL",
    ],
  ])("%s", (name) => {
    expect(passedOn({ [name]: "x" })).toEqual({ [name]: "x" });
  });

  test.each([
    ...[
      "AWS_SECRET_ACCESS_KEY",
      "GITHUB_TOKEN",
      "OPENAI_API_KEY",
      "PIP_USERNAME",
      "UV_PUBLISH_TOKEN",
      "SSH_AUTH_SOCK",
      "DATABASE_URL",
    ],
    ...[
      "PYTHONPATH",
      "PYTHONHOME",
      "VIRTUAL_ENV",
      "LD_PRELOAD",
      "BASH_ENV",
      "NODE_OPTIONS",
      "VH_JOB_ID",
      "MY_PATH",
      "PATH_X",
      "HEADRACE_DATABASE_URL",
    ],
  ])("not %s", (name) => {
    expect(passedOn({ [name]: "x" })).toEqual({});
  });
});

describe("a step's environment", () => {
  test("has no password of an index or a proxy of the user's, unless he gives it or the step says so", () => {
    const base = {
      ...parts.base,
      PIP_INDEX_URL: "https://me:s3cret@index/simple",
      https_proxy: "http://me:s3cret@proxy",
    };
    expect(stepEnvironment({ ...parts, base })).toMatchObject({
      PIP_INDEX_URL: "https://index/simple",
      https_proxy: "http://proxy",
    });
    const granted = stepEnvironment({ ...parts, base: { ...base, HEADRACE_STEP_PASSWORDS: "PIP_INDEX_URL" } });
    expect(granted).toMatchObject({ PIP_INDEX_URL: "https://me:s3cret@index/simple", https_proxy: "http://proxy" });
    expect(granted.HEADRACE_STEP_PASSWORDS).toBeUndefined();
    const own = { PIP_INDEX_URL: "https://a:b@c" };
    expect(stepEnvironment({ ...parts, base, own }).PIP_INDEX_URL).toBe("https://a:b@c");
    expect(passedOn(base).PIP_INDEX_URL).toBe("https://me:s3cret@index/simple");
  });

  test("has threads for the processors that it may use, unless it says otherwise", () => {
    const own = { MKL_NUM_THREADS: "7" };
    expect(stepEnvironment({ ...parts, own, cpuMax: 0.5 })).toMatchObject({
      OMP_NUM_THREADS: "1",
      LOKY_MAX_CPU_COUNT: "1",
      MKL_NUM_THREADS: "7",
    });
    for (const cpuMax of [undefined, 100_000])
      expect(stepEnvironment({ ...parts, cpuMax }).OMP_NUM_THREADS).toBeUndefined();
  });

  test("has defaults, the step's own variables and the paths, in this order of strength", () => {
    const own = { LANG: "fi_FI", PYTHONUNBUFFERED: "", MINE: "1", VH_INPUTS_DIR: "/elsewhere" };
    expect(stepEnvironment({ ...parts, own })).toEqual({
      PATH: "/bin",
      HOME: "/h",
      LANG: "fi_FI",
      PYTHONUNBUFFERED: "",
      MINE: "1",
      PIP_BREAK_SYSTEM_PACKAGES: "1",
      PIP_ROOT_USER_ACTION: "ignore",
      UV_BREAK_SYSTEM_PACKAGES: "1",
      UV_LINK_MODE: "copy",
      VH_REPOSITORY_DIR: "/valohai/repository",
      VH_INPUTS_DIR: "/valohai/inputs",
      VH_OUTPUTS_DIR: "/valohai/outputs",
      VH_CONFIG_DIR: "/valohai/config",
      HEADRACE_EXECUTION_ID: "id",
    });
  });

  test("a Python environment comes first on the path, also before the step's own", () => {
    const environment = stepEnvironment({
      ...parts,
      own: { PATH: "/own", PYTHONHOME: "/x" },
      pythonEnvironment: "/env",
    });
    expect(environment).toMatchObject({ PATH: "/env/bin:/own", VIRTUAL_ENV: "/env" });
    expect(environment).not.toHaveProperty("PYTHONHOME");
  });

  test("TMPDIR is the user's without a sandbox and the step's with one", () => {
    const base = { TMPDIR: "/scratch" };
    expect(stepEnvironment({ ...parts, base })).not.toHaveProperty("TMPDIR");
    expect(stepEnvironment({ ...parts, base, own: { TMPDIR: "/tmp/x" } })).toMatchObject({ TMPDIR: "/tmp/x" });
    expect(stepEnvironment({ ...parts, base, sandboxed: false })).toMatchObject({ TMPDIR: "/scratch" });
  });

  test("what a step installs for its user is found in a home of its own", () => {
    const environment = stepEnvironment({ ...parts, ownHome: true, own: { UV_LINK_MODE: "clone" } });
    expect(environment).toMatchObject({
      PATH: "/h/.step/bin:/bin:/h/.local/bin",
      CARGO_INSTALL_ROOT: "/h/.step",
      PYTHONUSERBASE: "/h/.step",
      CONDA_PKGS_DIRS: "/h/.cache/conda/pkgs",
      NPM_CONFIG_CACHE: "/h/.cache/npm",
      SCIKIT_LEARN_DATA: "/h/.cache/scikit_learn_data",
      R_LIBS_USER: "/h/.step/R:/h/R/%p-library/%v",
      UV_LINK_MODE: "clone",
    });
    expect(environment.NPM_CONFIG_PREFIX).toBe("/h/.step");
    const layered = stepEnvironment({ ...parts, ownHome: true, layers: true });
    expect(layered.NPM_CONFIG_PREFIX).toBe(process.getuid?.() === 0 ? undefined : "/h/.step");
  });

  test("without a sandbox nothing is said to installers, which would change what is the user's", () => {
    const environment = stepEnvironment({ ...parts, sandboxed: false });
    expect(Object.keys(environment).filter((name) => /^(PIP|UV|NPM|CARGO|CONDA|R)_/.test(name))).toEqual([]);
  });
});

test("variables that name files are told from others", () => {
  const base = {
    PATH: "/bin",
    HOME: "/h",
    SSL_CERT_FILE: "/h/ca.pem",
    LD_LIBRARY_PATH: "/h/lib:/opt/lib",
    LANG: "C",
    AWS_CA_BUNDLE: "/h/aws",
  };
  expect(namingFiles(base)).toEqual({ SSL_CERT_FILE: "/h/ca.pem", LD_LIBRARY_PATH: "/h/lib:/opt/lib" });
});
