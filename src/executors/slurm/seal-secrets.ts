import { randomBytes } from "node:crypto";
import { HeadraceError } from "../../errors.ts";
import { isExportable } from "./launch-file.ts";
import { quote } from "./quote.ts";

/** The secrets of a step on their way to its job, in two halves that tell nothing one by one. */
export interface SealedSecrets {
  /** The name of the file in the control folder. */
  readonly file: string;
  readonly bytes: Buffer;
  /** For the job; it comes with it. */
  readonly variables: { readonly HEADRACE_PAD: string };
}

/** The pad is one variable, in hexadecimal digits, and the kernel takes no longer one. */
const MOST_BYTES = 60_000;

/** The first line is how the job knows that it has both halves of one whole. */
export function sealSecrets(secrets: Readonly<Record<string, string>>): SealedSecrets {
  const names = Object.keys(secrets);
  const odd = names.find((name) => !isExportable(name));
  if (odd !== undefined)
    throw new HeadraceError(
      "HR_STEP_START",
      `${odd} cannot be a secret on Slurm: shells keep that name for themselves`,
      {
        hint: "choose another name",
      },
    );
  const lines = Object.entries(secrets).map(([name, value]) => `export ${name}=${quote(value)}\n`);
  const plain = Buffer.from(`: headrace\n${lines.join("")}`);
  if (plain.length > MOST_BYTES)
    throw new HeadraceError(
      "HR_STEP_START",
      `the secrets of the step have ${plain.length} bytes, and ${MOST_BYTES} fit`,
      {
        hint: "put what is long into fewer groups, or into an input",
      },
    );
  const pad = randomBytes(plain.length);
  const bytes = Buffer.from(plain.map((byte, index) => byte ^ (pad[index] ?? 0)));
  const id = randomBytes(8).toString("hex");
  return { file: `sealed.${id}`, bytes, variables: { HEADRACE_PAD: `${id}:${pad.toString("hex")}` } };
}
