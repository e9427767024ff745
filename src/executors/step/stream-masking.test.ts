import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SecretMasker } from "../../secrets/masker.ts";
import { formsOf } from "../../secrets/secret-forms.ts";
import { STREAM_MASKING } from "./stream-masking.ts";

const KEY = `-----BEGIN KEY-----\n${"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ\n".repeat(3)}-----END KEY-----\n`;
const SECRETS = [
  ...["hunter2-hunter2", 's3cret/wörd?with spaces&more"quotes\\', "it's a 'quoted' one", "ärger😀!*()~", KEY],
  ...["tab\tand\u0001\u007fcontrol", "{\n}\nlong enough\r\nline two here", "aaaaaa"],
];

/** Runs the Perl part with these variables; returns what it prints. */
function perl(program: string, values: readonly string[], input: string | Buffer = ""): Buffer {
  const names = values.map((_, index) => `S${index}`);
  const env = { LC_ALL: "C", ...Object.fromEntries(values.map((value, index) => [`S${index}`, value])) };
  return execFileSync("perl", ["-e", `${STREAM_MASKING}${program}`, ...names], { env, input, maxBuffer: 1 << 28 });
}

/** Reads cuts (lengths, by commas, on the first line) and hides piece by piece. */
const IN_PIECES = String.raw`
learn(@ARGV);
my $all = do { local $/; <STDIN> };
$all =~ s/^([0-9,]*)\n//;
my $out = "";
for (split(/,/, $1)) { $out .= hide(0, substr($all, 0, $_, ""), 0) if $_ <= length $all }
$out .= hide(0, $all, 0) . hide(0, "", 1);
print $out;`;

describe("the reader of streams", () => {
  test.each(SECRETS)("knows the same forms of a secret as the rest of Headrace: %j", (secret) => {
    const known = perl(String.raw`print map { unpack("H*", $_) . "\n" } forms(@ARGV)`, [secret]).toString();
    expect(known.trim().split("\n").sort()).toEqual(
      formsOf(secret)
        .map((form) => form.toString("hex"))
        .sort(),
    );
  });

  // One secret has few forms, all of them have hundreds: each is found in a way of its own.
  test.each([
    ["one secret", ["hunter2-hunter2"]],
    ["many secrets", SECRETS],
  ])("hides the same as the rest of Headrace, however the stream is cut: %s", (_, secrets) => {
    const pieces = fc.array(fc.oneof(fc.constantFrom(...secrets.flatMap(formsOf)), fc.uint8Array({ maxLength: 6 })));
    fc.assert(
      fc.property(pieces, fc.array(fc.nat(40), { maxLength: 20 }), (parts, cuts) => {
        const bytes = Buffer.concat(parts);
        const whole = new SecretMasker(secrets);
        const expected = Buffer.concat([whole.write(bytes), whole.end()]);
        const out = perl(IN_PIECES, secrets, Buffer.concat([Buffer.from(`${cuts.join(",")}\n`), bytes]));
        expect(out.toString("latin1")).toBe(expected.toString("latin1"));
      }),
      { numRuns: 60 },
    );
  });

  test("holds back nothing that cannot become a secret", () => {
    const program = String.raw`learn(@ARGV); print map { hide(0, $_, 0) . "|" } "a line\n", "hunter", "s\n"`;
    expect(perl(program, ["hunter2-hunter2"]).toString()).toBe("a line\n||hunters\n|");
  });
});
