import { expect, test } from "vitest";
import { shieldVariables } from "./shielded-variables.ts";

test.each([
  ...[
    "LD_PRELOAD",
    "LD_AUDIT",
    "LD_LIBRARY_PATH",
    "DYLD_INSERT_LIBRARIES",
    "BASH_ENV",
    "BASHOPTS",
    "BASH_FUNC_printf%%",
    "ENV",
  ],
  ...[
    "SHELLOPTS",
    "PS4",
    "IFS",
    "GLIBC_TUNABLES",
    "GCONV_PATH",
    "LOCPATH",
    "MALLOC_TRACE",
    "LIBMOUNT_FSTAB",
    "BLKID_FILE",
  ],
])("%s reaches the step alone", (name) => {
  expect(shieldVariables({ A: "1", [name]: "a b='c'" })).toEqual({
    environment: { A: "1" },
    prefix: ["/usr/bin/env", `${name}=a b='c'`],
  });
});

test.each(["PATH", "HOME", "LANG", "VH_JOB_ID", "MY_LD_PRELOAD", "OLD_", "ENVIRONMENT", "TOKEN", "BUILD_ENV"])(
  "%s is a variable like any other",
  (name) => {
    expect(shieldVariables({ [name]: "x" })).toEqual({ environment: { [name]: "x" }, prefix: [] });
  },
);

test("a locale is one by its name, a file by its path", () => {
  expect(shieldVariables({ LANG: "C.UTF-8", LC_ALL: "/tmp/locale" })).toEqual({
    environment: { LANG: "C.UTF-8" },
    prefix: ["/usr/bin/env", "LC_ALL=/tmp/locale"],
  });
});
