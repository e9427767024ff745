import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { findCredentialPlaces, parseShown } from "./credential-places.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "headrace-credentials-")));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const below = (home: string, shown: readonly string[] = []) =>
  findCredentialPlaces(home, shown).filter(({ path }) => path.startsWith(root));

test("finds what exists, by its real place", () => {
  const home = join(root, "home");
  mkdirSync(join(home, ".config/gcloud"), { recursive: true });
  mkdirSync(join(root, "dotfiles/ssh"), { recursive: true });
  symlinkSync(join(root, "dotfiles/ssh"), join(home, ".ssh"));
  symlinkSync("/nowhere/at/all", join(home, ".aws"));
  writeFileSync(join(home, ".netrc"), "");
  const ssh = { path: join(root, "dotfiles/ssh"), isFile: false };
  const netrc = { path: join(home, ".netrc"), isFile: true };
  const cloud = { path: join(home, ".config/gcloud"), isFile: false };
  expect(below(home)).toEqual([ssh, netrc, cloud]);
  expect(below(home, [".netrc", ".config/gcloud"])).toEqual([ssh]);
  expect(below(home, [join(home, ".ssh"), "/elsewhere/.netrc"])).toEqual([netrc, cloud]);
});

test.each([
  [undefined, []],
  ["", []],
  ["~/.aws", [".aws"]],
  [" ~/.aws/ : :/etc/wireguard", [".aws", "/etc/wireguard"]],
])("HEADRACE_STEPS_SEE=%s shows %j", (text, expected) => {
  expect(parseShown(text)).toEqual(expected);
});
