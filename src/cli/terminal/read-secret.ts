import { HeadraceError } from "../../errors.ts";
import { typedSecret } from "./ask.ts";

/** Far above the size of a variable; a user who pipes the wrong file need not wait for all of it. */
const MOST_BYTES = 1024 * 1024;

/**
 * Returns a text from whoever works at the terminal, who does not see it, or all of the standard input less the newline
 * at its end.
 */
export async function readSecret(name: string): Promise<string> {
  const { stdin } = process;
  const text = stdin.isTTY ? await typedSecret(`value of ${name} (is not shown)`) : await piped();
  if (text !== "") return text;
  throw new HeadraceError("HR_USAGE", `no value was given for ${name}`, {
    hint: `write it at the prompt, or give it on the standard input: headrace secret set ${name} < FILE`,
  });
}

async function piped(): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > MOST_BYTES)
      throw new HeadraceError("HR_USAGE", "the standard input is too long for a variable", {
        hint: "put a file into the inputs of the step for more",
      });
  }
  const bytes = Buffer.concat(chunks);
  const text = bytes.toString("utf8");
  if (!Buffer.from(text).equals(bytes))
    throw new HeadraceError("HR_USAGE", "the standard input is no text in UTF-8, which a variable has to be", {
      hint: "encode it, for example with base64, and decode it in the step",
    });
  return text.replace(/\r?\n$/, "");
}
