import { HeadraceError } from "../../errors.ts";

/** All of the standard input as text, up to so many bytes; throws HR_USAGE beyond. */
export async function readStandardInput(mostBytes: number): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of process.stdin as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > mostBytes)
      throw new HeadraceError("HR_USAGE", `the standard input has more than ${mostBytes} bytes`, {
        hint: "give a shorter text",
      });
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}
