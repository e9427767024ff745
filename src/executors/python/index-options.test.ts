import { describe, expect, test } from "vitest";
import { buildVariables } from "./build-variables.ts";
import { indexOptions } from "./index-options.ts";

function optionsOf(
  lines: readonly string[],
  own: Readonly<Record<string, string>> = {},
  step: Readonly<Record<string, string>> = {},
) {
  const variables = buildVariables({ passedOn: {}, base: {}, step, own });
  return indexOptions(
    lines.map((text) => ({ text, where: "r.txt:1" })),
    variables,
  );
}

describe("options with which wheels come from the downloads that builds share", () => {
  test("are addresses of indexes; what matters to the choice of versions alone is left out", () => {
    const places = [
      "--index-url https://e.org/simple",
      "--extra-index-url http://e.org",
      "--find-links https://e.org/x.html",
      "--pre",
    ];
    const others = [
      "--no-binary :all:",
      "--requirement https://e.org/r.txt",
      "--constraint https://e.org/c.txt",
      "--require-hashes",
    ];
    expect(optionsOf([...places, ...others])).toEqual(places);
    expect(optionsOf([])).toEqual([]);
  });

  test.each([
    "--trusted-host pypi.org",
    "--find-links /folder",
    "--find-links {links:0}",
    "--index-url file:///folder",
    "--config-settings x=y",
    "--proxy http://evil",
    "--cert x",
  ])("are none with %s", (line) => {
    expect(optionsOf([line])).toBeUndefined();
  });

  test("are none where a value brings another line", () => {
    const value = "https://e.org\n--no-binary :all:";
    expect(optionsOf([`--index-url ${["$", "{X}"].join("")}`], {}, { X: value })).toBeUndefined();
  });

  test.each([
    "PIP_INDEX_URL",
    "UV_DEFAULT_INDEX",
    "https_proxy",
    "ALL_PROXY",
    "SSL_CERT_FILE",
    "CURL_CA_BUNDLE",
    "PYTHONPATH",
    "HOME",
    "NETRC",
  ])("are none where the project sets %s for its builds", (name) => {
    expect(optionsOf([], { [name]: "x" })).toBeUndefined();
  });

  test.each(["CMAKE_ARGS", "CFLAGS", "SETUPTOOLS_SCM_PRETEND_VERSION", "PIP_NO_BUILD_ISOLATION"])(
    "may be had where it sets %s",
    (name) => {
      expect(optionsOf([], { [name]: "x" })).toEqual([]);
    },
  );
});
